/**
 * `npm run bench:apply`: processor time of applying a command, in workerd on a Durable Object's storage, by what it is
 * and how many are in an entry; decoding included, consensus and commits not. About a minute and a half.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Shape } from "./apply/shape.ts";
import { workerdStart } from "./instrument/start.ts";
import { machine, usage } from "./run/machine.ts";
import { main, progress, progressEnd } from "./run/main.ts";
import { digits } from "./run/numbers.ts";
import { report, table } from "./run/report.ts";
import { folderFresh, ROOT } from "./run/server.ts";

/** Long enough for the clock ticks in which processor time is counted. */
const COMMANDS = 12_800;
const ROUNDS = 5;
const FILL = 64;
const KEYS = 10_000;
/** What they are, how many in an entry, how many entries at once, and of how many keys. */
const CASES: readonly (readonly [Shape, number, number, number])[] = [
  ["put", 1, 1, KEYS],
  ["put", 1, 16, KEYS],
  ["put", 16, 1, KEYS],
  ["put", 64, 1, KEYS],
  ["new", 64, 1, KEYS],
  ["delete", 1, 1, KEYS],
  ["delete", 64, 1, KEYS],
  ["txn", 1, 1, KEYS],
  ["txn", 64, 1, KEYS],
  ["put", 64, 1, 1],
  ["delete", 64, 1, 1],
  ["txn", 64, 1, 1],
];

// The configuration that workerd is started with names all four classes.
const ENTRY = `
import { DurableObject } from "cloudflare:workers";
import { durableSql } from ${JSON.stringify(join(ROOT, "src/objects/durable-sql.ts"))};
import { answer, Applier } from ${JSON.stringify(join(ROOT, "bench/apply/worker.ts"))};
export class LearnerObject extends DurableObject {
  applier = new Applier(durableSql(this.ctx.storage));
  prepare(...all) { this.applier.prepare(...all); }
  run(...all) { this.applier.run(...all); }
}
export class AcceptorObject extends DurableObject {}
export class LeaderObject extends DurableObject {}
export class RegisterObject extends DurableObject {}
export default { fetch: answer };
`;

interface Spent {
  readonly processorUs: number;
  readonly wallUs: number;
}

main(async () => {
  const on = machine();
  const entry = join(folderFresh("entry"), "index.ts");
  writeFileSync(entry, ENTRY);
  const server = await workerdStart(entry, false);
  const ask = async (path: string): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const round = async (object: string, [shape, commands, group, keys]: (typeof CASES)[number], seed: number) => {
    const make = (what: Shape, count: number, from: number) =>
      ask(
        `/prepare?name=${object}&shape=${what}&commands=${count}&entries=${COMMANDS / count}&keys=${keys}&seed=${from}`,
      );
    // Most of the keys are there before; of a single one there are as many versions as commands.
    await make("put", FILL, 2 * seed);
    await ask(`/run?name=${object}&group=1`);
    await make(shape, commands, 2 * seed + 1);
    const before = { ms: performance.now(), spent: usage([server.pid]).processorMs };
    await ask(`/run?name=${object}&group=${group}`);
    const per = (ms: number) => (ms * 1_000) / COMMANDS;
    return {
      processorUs: per(usage([server.pid]).processorMs - before.spent),
      wallUs: per(performance.now() - before.ms),
    };
  };
  const rows: ({ readonly name: string } & Spent)[] = [];
  for (const one of CASES) {
    const [shape, commands, group, keys] = one;
    const of = keys === 1 ? " of one key" : "";
    const name = `${shape}${of}, ${commands} in an entry${group > 1 ? `, ${group} entries at once` : ""}`;
    progress(name);
    const seen: Spent[] = [];
    for (let seed = 0; seed < ROUNDS; seed++) {
      seen.push(await round(`${shape}-${commands}-${group}-${keys}-${seed}`, one, seed));
    }
    const least = (of: keyof Spent) => Math.min(...seen.map((spent) => spent[of]));
    rows.push({ name, processorUs: least("processorUs"), wallUs: least("wallUs") });
  }
  await server.service.stop();
  progressEnd();
  report(
    "apply",
    on,
    [
      `What applying a command takes, the least of ${ROUNDS} rounds of ${digits(COMMANDS)} commands on ${digits(KEYS)} keys, or versions of one, values of 256 bytes:`,
      table(
        ["entries", "processor µs", "wall µs"],
        rows.map((row) => [row.name, row.processorUs.toFixed(1), row.wallUs.toFixed(1)]),
      ),
    ],
    { rows },
  );
});
