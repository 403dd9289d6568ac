import { DEEP, type PinnedConfig, QUICK } from "./configs.ts";
import { Search } from "./search.ts";
import { transcript } from "./transcript.ts";

// npm run model                      every configuration that the tests search
// npm run model -- --deep            those of minutes and gigabytes as well
// npm run model -- --only "N=5"      those whose name contains it

const deep = process.argv.includes("--deep");
const only = process.argv.includes("--only") ? (process.argv[process.argv.indexOf("--only") + 1] ?? "") : "";

let failed = false;
for (const config of deep ? [...QUICK, ...DEEP] : QUICK) {
  if (config.name.includes(only)) failed = !report(config) || failed;
}
process.exitCode = failed ? 1 : 0;

function report(config: PinnedConfig): boolean {
  const search = new Search(config);
  const result = search.run();
  const { states, transitions, depth, seconds, sometimes, violation } = result;
  const rate = Math.round(states / seconds / 1000);
  const gigabytes = (process.memoryUsage().rss / 2 ** 30).toFixed(1);
  console.log(`${config.name}`);
  console.log(
    `  ${states.toLocaleString("en")} states, ${transitions.toLocaleString("en")} transitions, depth ${depth}, ` +
      `${seconds.toFixed(1)} s, ${rate} thousand states/s, ${gigabytes} GB`,
  );
  for (const [name, count] of sometimes) console.log(`  sometimes: ${name}, ${count.toLocaleString("en")} times`);
  if (violation !== undefined) {
    console.log(transcript(search, result));
    return false;
  }
  const missing = config.sometimes.filter((name) => !sometimes.has(name));
  for (const name of missing) console.log(`  never: ${name}`);
  if (states !== config.states) console.log(`  ${config.states.toLocaleString("en")} states were expected`);
  return missing.length === 0 && states === config.states;
}
