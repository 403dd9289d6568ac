import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** One process and no other: a pid alone is given to another process when its owner has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as this platform tells it; only ever compared. */
  readonly startedAt: string;
}

/** Of the fields after the command in `/proc/PID/stat` (proc_pid_stat(5)): the state and the start, in ticks since boot. */
const STATE_FIELD = 0;
const START_FIELD = 19;

/** undefined when no such process runs; one that has ended and was not waited for does not. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === "linux" ? startedAtLinux(pid) : startedAtElsewhere(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function processIsAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return processIdentity(pid)?.startedAt === startedAt;
}

function startedAtLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command is in parentheses and may have some in it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return fields[STATE_FIELD] === "Z" ? undefined : `${boot}-${fields[START_FIELD]}`;
  } catch {
    return undefined;
  }
}

function startedAtElsewhere(pid: number): string | undefined {
  try {
    const printed = execFileSync("ps", ["-o", "stat=,lstart=", "-p", `${pid}`], { encoding: "utf8" }).trim();
    return printed === "" || printed.startsWith("Z") ? undefined : printed.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}

/** Sends a signal to exactly this process, and to nobody when it has ended. */
export function processSignal(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!processIsAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended in the meantime.
  }
}
