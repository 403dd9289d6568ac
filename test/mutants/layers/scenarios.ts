import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scenarioRun } from "../../core/scenario.ts";
import type { Finding } from "../layer.ts";

const FOLDER = fileURLToPath(new URL("../../core/scenarios/", import.meta.url));

for (const file of readdirSync(FOLDER)) {
  const text = readFileSync(`${FOLDER}${file}`, "utf8");
  const finding = scenarioCompare(file.replace(".txt", ""), text);
  if (finding === undefined) continue;
  console.log(JSON.stringify(finding));
  break;
}

function scenarioCompare(where: string, text: string): Finding | undefined {
  try {
    const lines = scenarioRun(text).split("\n");
    const expected = text.split("\n");
    const at = expected.findIndex((line, index) => line !== lines[index]);
    if (at < 0) return undefined;
    return { where, rule: `answers "${lines[at]?.trim()}", not "${expected[at]?.trim()}"`, effort: `line ${at + 1}` };
  } catch (error) {
    return { where, rule: error instanceof Error ? error.message : "failed" };
  }
}
