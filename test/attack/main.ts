/**
 * `npm run attack [-- --only TEXT] [--short]`: every attack on a server with a heap like Cloudflare's. Prints a table, and
 * exits 1 when a defence failed, the server died or others were not served. The quiet column is how many times as long
 * the slowest hundredth of another namespace's requests took as without the attack; it is told, not judged.
 */
import { parseArgs } from "node:util";
import { ATTACKS } from "./attacks.ts";
import { attackRun, type Report } from "./run.ts";

const { values } = parseArgs({ options: { only: { type: "string", default: "" }, short: { type: "boolean" } } });

function row({ name, answer, faults, measured }: Report): string {
  const memory = measured === undefined ? "–" : `${measured.idleMib.toFixed(0)} → ${measured.peakMib.toFixed(0)}`;
  const quiet = measured === undefined ? "–" : `${measured.quietRatio.toFixed(1)} ×`;
  return `| ${name} | ${answer} | ${memory} | ${quiet} | ${faults.length === 0 ? "held" : `**${faults.join("; ")}**`} |`;
}

console.log("| attack | answer | MiB | quiet p99 | |\n|---|---|--:|--:|---|");
let failed = 0;
for (const attack of ATTACKS.filter(({ name }) => name.includes(values.only))) {
  const report = await attackRun(attack, values.short === true ? "short" : "long");
  if (report.faults.length > 0) failed++;
  console.log(row(report));
}
console.log(failed === 0 ? "Every defence held." : `${failed} did not hold.`);
// An attack that was given up on may still wait for something.
process.exit(failed === 0 ? 0 : 1);
