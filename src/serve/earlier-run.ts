import { execFileSync } from "node:child_process";

const GONE_MS_MAX = 5_000;
const GONE_POLL_MS = 50;

/** Processes whose command line names `text`. */
function processesNaming(text: string): readonly number[] {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  return table.split("\n").flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return command?.includes("workerd") && command.includes(text) ? [Number(pid)] : [];
  });
}

/**
 * Ends the server that an earlier run with the same `folder` (so of this project, on this port) left running, as
 * happens when only npm got `kill -9`. The last start wins.
 */
export async function earlierRunEnd(folder: string): Promise<void> {
  const deadline = performance.now() + GONE_MS_MAX;
  for (;;) {
    const left = processesNaming(folder);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`process ${left.join(", ")} serves this port and does not end`);
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended in the meantime.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, GONE_POLL_MS));
  }
}
