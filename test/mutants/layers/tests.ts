import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Finding } from "../layer.ts";

// The tests of the storage boundary and of single actors.
const vitest = join("node_modules", "vitest", "vitest.mjs");
const { stdout } = spawnSync(
  process.execPath,
  [vitest, "run", "--project", "unit", "--bail", "1", "--reporter", "json", "test/state", "test/node"],
  { encoding: "utf8" },
);

interface Results {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const { testResults } = JSON.parse(stdout) as Results;
for (const { status, fullName, failureMessages } of testResults.flatMap((file) => file.assertionResults)) {
  if (status !== "failed") continue;
  const finding: Finding = { where: fullName, rule: failureMessages?.[0]?.split("\n")[0] ?? "fails" };
  console.log(JSON.stringify(finding));
  break;
}
