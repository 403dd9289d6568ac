import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const OPS = fileURLToPath(new URL("../../ops/", import.meta.url));

/** Whether a program is installed here. Tests that need one that is not are skipped. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/** What `promtool` prints; throws when it finds something wrong. */
export function promtool(parameters: readonly string[], input?: string): string {
  return execFileSync("promtool", [...parameters], {
    cwd: OPS,
    encoding: "utf8",
    stdio: "pipe",
    ...(input === undefined ? {} : { input }),
  });
}
