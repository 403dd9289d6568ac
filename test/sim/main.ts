import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { LIMITS, LIMITS_SMALL } from "./limits.ts";
import type { Report } from "./run.ts";
import { simulate } from "./run.ts";
import { Summary } from "./summary.ts";

/*
 * `npm run sim -- --seeds 1000 --seed 1` runs that many seeds from that one on, and exits 1 when an invariant was
 * broken. `--threads 4` uses so many cores; `--small` makes the limits of logs and pages small enough to be
 * reached; `--keep-going` reports every bad seed instead of stopping at the first; `--lines 5000` shows more of the
 * trace that led to it; `--all-happen` fails if one of the rare events never happened.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    lines: { type: "string", default: "300" },
    threads: { type: "string", default: "1" },
    small: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    "all-happen": { type: "boolean", default: false },
  },
});
const limits = values.small ? LIMITS_SMALL : LIMITS;
const first = Number(values.seed);
const count = Number(values.seeds);
const traceLines = Number(values.lines);
const threads = Math.min(Number(values.threads) || availableParallelism(), count);
const isPatient = values["keep-going"];
const summary = new Summary();
let next = first;

/** Takes one report; false when it is time to stop. */
function take(report: Report): boolean {
  summary.add(report);
  const { seed, failure, tail } = report;
  if (failure === undefined) return true;
  process.exitCode = 1;
  console.error(isPatient ? "" : `${tail}\n`);
  console.error(`seed ${seed}: ${failure}\n\nnpm run sim -- --seed ${seed}${values.small ? " --small" : ""}`);
  return isPatient;
}

async function here(): Promise<void> {
  while (next < first + count) if (!take(await simulate(next++, { traceLines, limits }))) return;
}

/** One thread: asks for a seed, sends its report, asks again. */
function thread(): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: { isSmall: values.small } });
    const feed = () => {
      if (next < first + count) return worker.postMessage({ seed: next++, traceLines });
      worker.terminate().then(() => resolve(), reject);
    };
    worker.on("message", (report: Report) => {
      if (!take(report)) next = first + count;
      feed();
    });
    worker.on("error", reject);
    feed();
  });
}

await (threads > 1 ? Promise.all(Array.from({ length: threads }, thread)) : here());
console.log(summary.text());
const never = values["all-happen"] ? summary.never() : [];
for (const name of never) console.error(`never happened: ${name}`);
if (never.length > 0) process.exitCode = 1;
