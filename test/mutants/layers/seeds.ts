import type { Report } from "../../sim/run.ts";
import type { Finding } from "../layer.ts";

const SEEDS_MAX = 150;
const TIME_MAX_MS = 90_000;

/** Simulates one seed after the other until something is wrong. */
export async function seedsHunt(simulate: (seed: number) => Promise<Report>): Promise<void> {
  const until = performance.now() + TIME_MAX_MS;
  let operations = 0;
  for (let seed = 1; seed <= SEEDS_MAX && performance.now() < until; seed++) {
    const report = await simulate(seed);
    operations += report.operations;
    if (report.failure === undefined) continue;
    const rule = report.failure.split("\n")[0] ?? "";
    const finding: Finding = { where: `seed ${seed}`, rule, effort: `${operations.toLocaleString("en")} operations` };
    console.log(JSON.stringify(finding));
    return;
  }
}
