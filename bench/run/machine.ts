import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { ROOT } from "./server.ts";

const require = createRequire(import.meta.url);
const GIB = 2 ** 30;
/** Clock ticks a second, as `/proc` counts processor time on Linux. */
const TICKS = 100;

/** What a benchmark ran on; part of every result. */
export interface Machine {
  readonly at: string;
  readonly commit: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly workerd: string;
  /** Processes that wanted to run, averaged over the minute before. */
  readonly load: number;
}

export function machine(): Machine {
  return {
    at: new Date().toISOString(),
    commit: commit(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / GIB),
    system: `${process.platform} ${release()}`,
    node: process.version,
    workerd: (require("workerd/package.json") as { readonly version: string }).version,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

function commit(): string {
  try {
    const git = (...words: string[]) => execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();
    const changed = git("status", "--porcelain", "--", "src") === "" ? "" : " and changes to src";
    return git("rev-parse", "--short", "HEAD") + changed;
  } catch {
    return "unknown";
  }
}

export function machineText(it: Machine): string {
  const words = [
    `${it.processor}, ${it.cores} cores, ${it.memoryGiB} GiB, ${it.system}`,
    `Node ${it.node}, workerd ${it.workerd}, commit ${it.commit}, ${it.at}`,
  ];
  if (it.load > it.cores / 2) words.push(`The machine was busy before (load ${it.load}): do not trust these figures.`);
  return words.join("\n");
}

export interface Usage {
  readonly processorMs: number;
  readonly residentMiB: number;
}

/** What processes have used so far, all together; zeros where there is no `/proc`. */
export function usage(pids: readonly number[]): Usage {
  let processorMs = 0;
  let residentMiB = 0;
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      processorMs += ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
      residentMiB += Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
    } catch {
      // Not Linux, or it has ended.
    }
  }
  return { processorMs, residentMiB };
}
