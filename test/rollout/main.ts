import { parseArgs } from "node:util";
import { simulate } from "./sim/run.ts";

/* `npm run sim:rollout -- --releases 100000 --seed 1`: random releases of the pure code, each judged. */

const { values } = parseArgs({
  options: { releases: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const { releases, transitions, ends, fault } = simulate(Number(values.seed), Number(values.releases));
console.log(`${releases} releases, ${transitions} transitions; ends: ${JSON.stringify(ends)}`);
if (fault !== undefined) {
  console.error(`seed ${fault.seed}: ${fault.text}\nagain: npm run sim:rollout -- --releases 1 --seed ${fault.seed}`);
  process.exitCode = 1;
}
