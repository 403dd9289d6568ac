import { parseArgs } from "node:util";
import { simulate } from "./run.ts";
import { Summary } from "./summary.ts";

/**
 * `npm run sim -- --seeds 1000 --seed 1` runs that many seeds from that one on, and exits 1 at the first violation;
 * `--lines 5000` shows more of the trace that led to it.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    lines: { type: "string", default: "300" },
  },
});

const first = Number(values.seed);
const count = Number(values.seeds);
const summary = new Summary();
for (let seed = first; seed < first + count; seed++) {
  const report = await simulate(seed, { traceLines: Number(values.lines) });
  summary.add(report);
  if (report.failure === undefined) continue;
  console.error(`${report.tail}\n\nseed ${seed}: ${report.failure}\n\nnpm run sim -- --seed ${seed}`);
  process.exitCode = 1;
  break;
}
console.log(summary.text());
