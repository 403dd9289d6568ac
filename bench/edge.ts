/**
 * `npm run bench:edge`: the processor time of a request in the HTTP app alone, over a coordinator that answers at once,
 * beside that of the least a Worker can do. About a minute.
 *
 * `--rounds 3`, `--seconds 2`, `--connections 64`; `--only put` (a part of a line's name); `--profile`: where the time
 * goes, and `bench/results/edge-NAME.cpuprofile`.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { unstable_readConfig } from "wrangler";
import { bundle } from "../src/serve/bundle.ts";
import { workerdConfig } from "../src/serve/workerd-config.ts";
import { freePort } from "../test/free-port.ts";
import { Inspector } from "./instrument/inspector.ts";
import { type Profile, profileRows } from "./instrument/profile.ts";
import { closedLoop } from "./load/closed-loop.ts";
import { requestBytes } from "./load/http.ts";
import { machine, usage } from "./run/machine.ts";
import { main, progress, progressEnd } from "./run/main.ts";
import { digits } from "./run/numbers.ts";
import { report, save, table } from "./run/report.ts";
import { folderFresh, isHealthy, ROOT, Service } from "./run/server.ts";
import { GATEWAY, NATIVE } from "./throughput/workload.ts";

const require = createRequire(import.meta.url);
const WARM_UP_MS = 2_000;
const ROWS_MAX = 45;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    connections: { type: "string", default: "64" },
    only: { type: "string", default: "" },
    profile: { type: "boolean", default: false },
  },
});

const TRIVIAL = "the least";
const LINES: Readonly<Record<string, readonly Buffer[]>> = {
  [TRIVIAL]: [requestBytes("GET", "/trivial")],
  "gateway put": GATEWAY.put,
  "gateway range": GATEWAY.get,
  "native put": NATIVE.put,
  "native get": NATIVE.get,
};

const ENTRY = `
import { freshId } from ${JSON.stringify(join(ROOT, "src/objects/fresh-id.ts"))};
import { createApp } from ${JSON.stringify(join(ROOT, "src/http/app.ts"))};
import { besideTheLeast, coordinator } from ${JSON.stringify(join(ROOT, "bench/edge/worker.ts"))};
export { AcceptorObject, LeaderObject, LearnerObject, RegisterObject } from ${JSON.stringify(join(ROOT, "src/worker.ts"))};
const access = { isOpen: true, rootTokens: [] };
export default besideTheLeast(createApp({ coordinatorFor: () => coordinator, freshId, freshRequestId: freshId, access }));
`;

async function serverStart(inspectorPort: number): Promise<{ readonly service: Service; readonly port: number }> {
  const port = await freePort();
  const folder = folderFresh("edge");
  writeFileSync(join(folder, "entry.ts"), ENTRY);
  await bundle(folder, join(folder, "entry.ts"));
  const config = unstable_readConfig({ config: join(ROOT, "wrangler.toml") });
  const serve = { addresses: [`127.0.0.1:${port}`], state: folderFresh("state"), vars: {} };
  writeFileSync(join(folder, "workerd.capnp"), workerdConfig(config, serve));
  const flags = values.profile ? [`-i127.0.0.1:${inspectorPort}`] : [];
  const service = new Service(require("workerd").default, [
    "serve",
    "--experimental",
    ...flags,
    join(folder, "workerd.capnp"),
  ]);
  await service.until(() => isHealthy(port));
  return { service, port };
}

main(async () => {
  const on = machine();
  const inspectorPort = await freePort();
  const { service, port } = await serverStart(inspectorPort);
  const names = Object.keys(LINES).filter((name) => name === TRIVIAL || name.includes(values.only));
  const load = async (name: string, durationMs: number) => {
    const requests = LINES[name] ?? [];
    let at = 0;
    const next = () => requests[at++ % requests.length] ?? Buffer.alloc(0);
    const before = usage([service.pid]).processorMs;
    const loaded = await closedLoop({ port, connections: Number(values.connections), warmUpMs: 0, durationMs, next });
    const [failure] = Object.keys(loaded.failures);
    if (failure !== undefined) throw new Error(`${name}: ${failure}`);
    return { ...loaded, us: ((usage([service.pid]).processorMs - before) * 1_000) / loaded.operations };
  };
  const seen: Record<string, { readonly us: number[]; readonly rates: number[] }> = {};
  for (const name of names) await load(name, WARM_UP_MS);
  if (values.profile) {
    for (const name of names) await profile(name, await Inspector.connect(inspectorPort), load);
  } else {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const name of names) {
        progress(`round ${round + 1} of ${values.rounds}: ${name}`);
        const { us, perSecond } = await load(name, Number(values.seconds) * 1_000);
        seen[name] ??= { us: [], rates: [] };
        seen[name].us.push(us);
        seen[name].rates.push(perSecond);
      }
    }
    progressEnd();
    const least = Math.min(...(seen[TRIVIAL]?.us ?? []));
    // The best of the rounds: whatever else the machine does only ever adds.
    const rows = Object.entries(seen).map(([name, { us, rates }]) => [
      name,
      digits(Math.min(...us)),
      digits(Math.min(...us) - least),
      digits(Math.max(...rates)),
    ]);
    report("edge", on, [table(["request", "CPU µs", "over the least", "a second"], rows)], seen);
  }
  await service.stop();
});

async function profile(
  name: string,
  inspector: Inspector,
  load: (name: string, durationMs: number) => Promise<{ readonly operations: number; readonly us: number }>,
): Promise<void> {
  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval: 200 });
  await inspector.call("Profiler.start");
  const { operations, us } = await load(name, Number(values.seconds) * 1_000);
  const { profile: taken } = (await inspector.call("Profiler.stop")) as { readonly profile: Profile };
  inspector.close();
  const { rows, sampledMs } = profileRows(taken);
  const each = (ms: number): string => digits((ms * 1_000) / operations);
  console.log(`\n${name}: ${digits(us)} µs of processor time a request; the profiler saw ${each(sampledMs)} µs`);
  const shown = rows.slice(0, ROWS_MAX).map((row) => [row.name, each(row.selfMs), each(row.totalMs)]);
  console.log(table(["function", "self µs", "with callees µs"], shown));
  save(`edge-${name.replaceAll(" ", "-")}.cpuprofile`, JSON.stringify(taken));
}
