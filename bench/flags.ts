/**
 * `npm run bench:flags`: processor time of evaluating flags in the Worker, beside flagd's engine alone in the same
 * workerd, and the part of its speed that is left. About half a minute.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEYS } from "./flags/flag-set.ts";
import { workerdStart } from "./instrument/start.ts";
import { machine, usage } from "./run/machine.ts";
import { main, progress, progressEnd } from "./run/main.ts";
import { report, table } from "./run/report.ts";
import { folderFresh, ROOT } from "./run/server.ts";

const ROUNDS = 7;
/** What is compared, and how often it is done in a round: long enough for the clock ticks of processor time. */
const PAIRS = [
  ["one flag", "one flag: engine", "one flag: Worker", 1_000_000],
  [`all ${KEYS.length} flags, as JSON`, "all flags: engine", "all flags: Worker", 20_000],
] as const;
const REQUEST = [`OFREP: a request for all ${KEYS.length} flags`, "all flags: OFREP", 1_000] as const;

// The configuration that workerd is started with names all four classes.
const ENTRY = `
import { DurableObject } from "cloudflare:workers";
import { createApp } from ${JSON.stringify(join(ROOT, "src/http/app.ts"))};
import { ofrepResolution } from ${JSON.stringify(join(ROOT, "src/http/ofrep/ofrep-answer.ts"))};
import { answersOf } from ${JSON.stringify(join(ROOT, "bench/flags/worker.ts"))};
export class LearnerObject extends DurableObject {}
export class AcceptorObject extends DurableObject {}
export class LeaderObject extends DurableObject {}
export class RegisterObject extends DurableObject {}
const appOver = (coordinator) =>
  createApp({
    coordinatorFor: () => coordinator,
    freshId: () => "id",
    freshRequestId: () => "id",
    access: { isOpen: true, rootTokens: [] },
  });
export default { fetch: answersOf({ appOver, ofrepResolution }) };
`;

main(async () => {
  const on = machine();
  const entry = join(folderFresh("entry"), "index.ts");
  writeFileSync(entry, ENTRY);
  const server = await workerdStart(entry, false);
  const spentUs = async (way: string, count: number): Promise<number> => {
    const before = usage([server.pid]).processorMs;
    const query = new URLSearchParams({ way, count: `${count}` });
    // workerd closes a connection that was quiet for seconds, as one is while it works.
    const init = { headers: { connection: "close" } };
    const response = await fetch(`http://127.0.0.1:${server.port}/?${query.toString()}`, init);
    if (!response.ok) throw new Error(`${way}: ${response.status} ${await response.text()}`);
    await response.text();
    return ((usage([server.pid]).processorMs - before) * 1_000) / count;
  };
  const seen = new Map<string, number[]>();
  const measure = async (way: string, count: number, round: number) => {
    const us = await spentUs(way, count);
    // The first time it is compiled to machine code.
    if (round >= 0) seen.set(way, [...(seen.get(way) ?? []), us]);
  };
  for (let round = -1; round < ROUNDS; round++) {
    progress(`round ${round + 1} of ${ROUNDS}`);
    for (const [, engine, worker, count] of PAIRS) {
      await measure(engine, count, round);
      await measure(worker, count, round);
    }
    await measure(REQUEST[1], REQUEST[2], round);
  }
  const least = (way: string) => Math.min(...(seen.get(way) ?? []));
  await server.service.stop();
  progressEnd();
  const rows = PAIRS.map(([name, engine, worker]) => ({
    name,
    engineUs: least(engine),
    workerUs: least(worker),
    part: least(engine) / least(worker),
  }));
  const [request, way] = REQUEST;
  report(
    "flags",
    on,
    [
      `Processor µs, the least of ${ROUNDS} rounds; of the ${KEYS.length} flags six in seven have targeting:`,
      table(
        ["evaluated", "flagd's engine alone", "in the Worker", "of its speed"],
        [
          ...rows.map((row) => [
            row.name,
            row.engineUs.toFixed(2),
            row.workerUs.toFixed(2),
            `${row.part.toFixed(2)} ×`,
          ]),
          [request, "–", least(way).toFixed(0), "–"],
        ],
      ),
    ],
    { rows, requestUs: least(way) },
  );
});
