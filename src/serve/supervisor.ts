import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Control } from "./control.ts";

const READY_MS_MAX = 60_000;
const READY_POLL_MS = 50;
/** Together they stay below the five seconds in which everything has to end. */
const DRAIN_MS_MAX = 1_000;
const TERM_MS_MAX = 2_000;
/** How often a server that npm started looks whether npm is still there. */
const PARENT_POLL_MS = 200;

export interface Supervised {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly control: Control;
  /** npm ends without telling what it started when it is killed; then nobody is left who could stop the server. */
  readonly endsWithParent: boolean;
  started(pid: number): void;
  ready(): void;
  ending(): void;
}

/**
 * Runs the server and ends with it, whichever of the two ends first. Resolves with the exit code.
 *
 * The server is in a process group of its own, so that Ctrl-C comes here alone and it can be drained first.
 */
export async function supervise(supervised: Supervised): Promise<number> {
  const child = spawn(supervised.command, supervised.parameters, {
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exit = exitOf(child);
  if (child.pid === undefined) return exit;
  const guard = guardStart(child.pid);
  supervised.started(child.pid);
  const stop = stopAsked(supervised.endsWithParent);
  const readyOrEnd = Promise.race([exit, stop.asked, untilReady(supervised.control)]);
  const first = await readyOrEnd;
  if (first === "ready") supervised.ready();
  if (first === "late") console.error(`The server did not answer within ${READY_MS_MAX / 1_000} s.`);
  const ended = first === "ready" ? await Promise.race([exit, stop.asked]) : first;
  if (typeof ended !== "number") {
    supervised.ending();
    await end(child, supervised.control, exit);
  }
  stop.forget();
  // A line tells it that this end is in good order.
  guard.stdin?.end("done\n");
  if (typeof ended === "number") return ended;
  return ended === "late" ? 1 : 0;
}

/** The exit code that the end of the server makes ours; it never ends by itself in good order. */
async function exitOf(child: ChildProcess): Promise<number> {
  const how = await Promise.race([
    once(child, "exit").then(([code, signal]) => (signal === null ? `code ${code}` : `${signal}`)),
    once(child, "error").then(([error]) => String(error)),
  ]);
  if (!child.killed) console.error(`The server ended by itself (${how}); its state is kept.`);
  return 1;
}

async function untilReady(control: Control): Promise<"ready" | "late"> {
  for (const start = performance.now(); performance.now() - start < READY_MS_MAX; await sleep(READY_POLL_MS)) {
    if (await control.isReady()) return "ready";
  }
  return "late";
}

/** Drains the server, asks it to end, and ends it. Nothing is lost: what was acknowledged is on disk. */
async function end(child: ChildProcess, control: Control, exit: Promise<number>): Promise<void> {
  await Promise.race([exit, control.drain(DRAIN_MS_MAX)]);
  child.kill("SIGTERM");
  await Promise.race([exit, sleep(TERM_MS_MAX)]);
  child.kill("SIGKILL");
  await exit;
}

/**
 * Kills the server when this process is killed: it waits for the end of a pipe that only this process holds, which
 * the system closes however the process ends. A line that comes first says that there is nothing to do.
 */
function guardStart(pid: number): ChildProcess {
  const script = 'read -r line && exit 0; kill -KILL "$1" 2>/dev/null';
  const guard = spawn("/bin/sh", ["-c", script, "synod-guard", `${pid}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.once("error", () => console.error("The server would outlive this process if that was killed: no /bin/sh."));
  guard.unref();
  return guard;
}

/** Resolves when somebody wants the server to stop. */
function stopAsked(endsWithParent: boolean): { readonly asked: Promise<"stop">; forget(): void } {
  let resolve: (asked: "stop") => void = () => undefined;
  const asked = new Promise<"stop">((settle) => {
    resolve = settle;
  });
  const onSignal = (): void => resolve("stop");
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (endsWithParent && process.ppid !== parent) resolve("stop");
  }, PARENT_POLL_MS);
  return {
    asked,
    forget() {
      clearInterval(timer);
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
