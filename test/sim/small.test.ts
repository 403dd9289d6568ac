import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const TIMEOUT_MS = 180_000;
const SEEDS = 50;
const HAPPENED = [
  "log dropped",
  "asked about a dropped slot",
  "snapshot page read",
  "slow watcher dropped",
  "watch told of a revision in parts",
  "standing watch overtaken by compaction",
];

// In a process of its own: the limits are made small while the program is loaded.
test(
  `${SEEDS} seeds with limits so small that logs are dropped and pages overflow`,
  async () => {
    const main = new URL("./main.ts", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [main, "--small", "--seeds", `${SEEDS}`]);
    for (const name of HAPPENED) expect(stdout).toMatch(new RegExp(`[1-9]\\d*  ${name}`));
  },
  TIMEOUT_MS,
);
