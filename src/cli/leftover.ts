/**
 * What a run that was killed leaves behind: a workerd whose wrangler got `kill -9` lives on and keeps the port. Each
 * run notes the process group that it starts; the next run on the same port ends that group if it is still there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const GONE_MS_MAX = 5_000;
const GONE_POLL_MS = 50;

function recordPath(root: string, port: number): string {
  return join(root, ".wrangler", `dev-${port}.pgid`);
}

/** Notes that this process serves `port` through the process group `group`. */
export function leftoverRecord(root: string, port: number, group: number): void {
  mkdirSync(join(root, ".wrangler"), { recursive: true });
  writeFileSync(recordPath(root, port), `${process.pid} ${group}\n`);
}

type Process = { readonly pid: number; readonly group: number; readonly command: string };

function processesOf(): readonly Process[] {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,pgid=,args="], { encoding: "utf8" });
  return table.split("\n").flatMap((line) => {
    const [, pid, group, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), group: Number(group), command }];
  });
}

/**
 * Ends what an earlier run on `port` left behind. `served` means that the run is alive and looked after: it is left
 * alone. Ids are reused by the system, so a process counts only when its command line is ours as well.
 */
export async function leftoverEnd(root: string, port: number): Promise<"free" | "served"> {
  const path = recordPath(root, port);
  if (!existsSync(path)) return "free";
  const [starter, group] = readFileSync(path, "utf8").trim().split(" ").map(Number);
  const deadline = performance.now() + GONE_MS_MAX;
  while (performance.now() < deadline) {
    const processes = processesOf();
    if (processes.some(({ pid, command }) => pid === starter && command.includes("src/cli/start.ts"))) return "served";
    const left = processes.filter(
      (each) => each.group === group && each.command.includes(root) && /wrangler|workerd/.test(each.command),
    );
    if (left.length === 0) break;
    for (const { pid } of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended in the meantime.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, GONE_POLL_MS));
  }
  return "free";
}
