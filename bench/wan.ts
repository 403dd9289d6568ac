/**
 * `npm run bench:wan`: latency from ten regions over the dev server's simulated distances, beside what the table of
 * round trips allows. About 14 minutes; `--quick` about 3, with figures to match.
 *
 * `--samples 60`: calls of each kind from each region. `--skip-contended`, `--skip-lone`: without that part.
 */
import { parseArgs } from "node:util";
import type { Steering } from "./instrument/counts.ts";
import { control, instrumentedStart } from "./instrument/start.ts";
import { Client } from "./load/client.ts";
import { machine } from "./run/machine.ts";
import { main, progressEnd } from "./run/main.ts";
import { report, save } from "./run/report.ts";
import { serverStart } from "./run/server.ts";
import { type Contended, contended } from "./wan/contended.ts";
import { type LoneResult, lone } from "./wan/lone.ts";
import { plot } from "./wan/plot.ts";
import { sections } from "./wan/print.ts";
import type { WanResult } from "./wan/result.ts";
import { type WatchDelay, watchDelay } from "./wan/watch.ts";

const RATES = [1, 2, 5, 10, 50];
const SECONDS_MIN = 20;
/** At a write a second twenty seconds tell nothing. */
const WRITES_MIN = 40;
const SEED = 2026;

const STEERED: readonly (readonly [string, Steering])[] = [
  ["leader only", "leader"],
  ["no leader", "leaderless"],
];

const { values } = parseArgs({
  options: {
    samples: { type: "string", default: "60" },
    quick: { type: "boolean", default: false },
    "skip-lone": { type: "boolean", default: false },
    "skip-contended": { type: "boolean", default: false },
  },
});
const samples = values.quick ? 8 : Number(values.samples);

async function runOf(client: Client, mode: string): Promise<Contended[]> {
  const results: Contended[] = [];
  for (const rate of values.quick ? [2, 10, 50] : RATES) {
    const seconds = values.quick ? 6 : Math.max(SECONDS_MIN, WRITES_MIN / rate);
    results.push(await contended(client, { mode, rate, seconds, seed: SEED + rate }));
  }
  return results;
}

main(async () => {
  const on = machine();
  const server = await serverStart({ dev: true });
  const client = new Client(server.port);
  let alone: LoneResult | undefined;
  let watch: WatchDelay[] | undefined;
  if (!values["skip-lone"]) {
    alone = await lone(client, samples);
    watch = await watchDelay(client, server.port, values.quick ? 2 : Math.ceil(samples / 6));
  }
  const raced: Contended[] = [];
  if (!values["skip-contended"]) {
    await client.network({ wan: true });
    raced.push(...(await runOf(client, "as shipped")));
  }
  client.close();
  await server.service.stop();

  if (!values["skip-contended"]) {
    const steered = await instrumentedStart(true);
    const other = new Client(steered.port);
    await other.network({ wan: true });
    for (const [mode, steering] of STEERED) {
      await control(steered, { steering });
      raced.push(...(await runOf(other, mode)));
    }
    other.close();
    await steered.service.stop();
  }
  progressEnd();
  const result: WanResult = { lone: alone, watch, contended: raced };
  report("wan", on, sections(result), { ...result });
  if (alone !== undefined) save("wan.svg", plot(result));
});
