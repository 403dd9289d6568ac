/**
 * `npm run live -- [--seconds 60] [--seed 1] [--clients 10] [--kills 3] [--package]`: records histories over HTTP against a real
 * server under faults and judges them. With --package they are recorded through the package's client. Exit code 1: a violation; 2: the checker could not tell.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { packageRun } from "./client-run.ts";
import { liveRun, liveSummary } from "./run.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    clients: { type: "string", default: "10" },
    kills: { type: "string" },
    package: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const kills = Number(values.kills ?? Math.max(1, Math.floor(seconds / 20)));

console.log(`seed ${seed}, ${seconds} s, ${values.clients} clients`);
const result = await (values.package ? packageRun : liveRun)({ seed, seconds, clients: Number(values.clients), kills });
console.log(liveSummary(result));
if (result.verdict.kind !== "ok" || result.behind.length > 0) {
  const path = `.wrangler/live-${seed}.json`;
  mkdirSync(".wrangler", { recursive: true });
  writeFileSync(path, JSON.stringify(result.history));
  console.log(`history     ${path}`);
}
process.exitCode =
  result.verdict.kind === "unknown" ? 2 : result.verdict.kind === "ok" && result.behind.length === 0 ? 0 : 1;
