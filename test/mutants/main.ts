import { availableParallelism } from "node:os";
import { type Kill, mutantHunt } from "./hunt.ts";
import { LAYERS } from "./layer.ts";
import type { Mutant } from "./mutant.ts";
import { MUTANT_GROUPS, MUTANTS } from "./mutants.ts";

// npm run mutants                       every mutant through every layer until one objects
// npm run mutants -- --only "promise"   those whose name contains it
// npm run mutants -- --group watch     those of one group (mutants.ts)
// npm run mutants -- --layer scenarios  through this layer alone
// npm run mutants -- --jobs 1           one at a time

const argument = (name: string): string | undefined =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;

const only = argument("--only") ?? "";
const layers = LAYERS.filter(({ name }) => name === (argument("--layer") ?? name));
const jobs = Number(argument("--jobs") ?? availableParallelism());
const survivors: Mutant[] = [];
const kills = new Map<string, number>();
const group = argument("--group");
const mutants = (group === undefined ? MUTANTS : (MUTANT_GROUPS[group] ?? [])).filter(({ name }) =>
  name.includes(only),
);

async function work(queue: Iterable<Mutant>): Promise<void> {
  for (const mutant of queue) {
    const kill = await mutantHunt(mutant, layers, ["--outcomes"]);
    console.log(`${mutant.name}\n  breaks   ${mutant.rule}\n${kill === undefined ? "  SURVIVES" : killText(kill)}`);
    if (kill === undefined) survivors.push(mutant);
    else kills.set(kill.layer, (kills.get(kill.layer) ?? 0) + 1);
  }
}

// All take from one queue.
const queue = mutants.values();
await Promise.all(Array.from({ length: jobs }, () => work(queue)));

const by = [...kills].map(([layer, count]) => `${count} by ${layer}`).join(", ");
console.log(`\n${mutants.length} mutants, ${mutants.length - survivors.length} killed: ${by}`);
for (const { name } of survivors) console.log(`SURVIVES: ${name}`);
process.exitCode = survivors.length === 0 ? 0 : 1;

function killText({ layer, where, rule, effort, outcome }: Kill): string {
  const lines = [`  killed   by ${layer}: ${where}${effort === undefined ? "" : `, ${effort}`}`, `           ${rule}`];
  if (outcome !== undefined) lines.push(`  outcome  ${outcome.where}, ${outcome.effort}`, `           ${outcome.rule}`);
  else if (layer === "model") lines.push("  outcome  nothing wrong is decided, told or answered in these sizes");
  return lines.join("\n");
}
