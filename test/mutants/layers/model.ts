import { QUICK } from "../../model/configs.ts";
import { Search } from "../../model/search.ts";
import type { Finding } from "../layer.ts";

// Every rule first, then, with --outcomes, what the same mutant decides, tells or answers wrongly in the end: the
// broken rule is noticed early, and the damage shows how far it would have gone.
hunt(false);
if (process.argv.includes("--outcomes")) hunt(true);

function hunt(outcomesOnly: boolean): void {
  for (const config of QUICK) {
    const { violation, depth, states } = new Search(config, { outcomesOnly }).run();
    if (violation === undefined) continue;
    const { rule } = violation;
    const effort = `depth ${depth}, ${states.toLocaleString("en")} states`;
    const finding: Finding = { where: config.name, rule, effort };
    console.log(JSON.stringify(finding));
    return;
  }
}
