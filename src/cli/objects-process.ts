import { type ChildProcess, spawn, spawnSync } from "node:child_process";

/** The longest path that a Unix socket can have, on any system. */
const SOCKET_PATH_BYTES_MAX = 100;

/** Whether objects can have a process of their own that ends with this one: Linux with util-linux's `setpriv`. */
export function objectsApart(socketPath: string): boolean {
  if (process.platform !== "linux" || Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES_MAX) return false;
  return spawnSync("setpriv", ["--pdeathsig", "KILL", "true"]).status === 0;
}

/**
 * Runs `command` beside this process, whatever that becomes: however one of the two ends, the other does too. They
 * are killed, not asked: what is stored is as good then as at any other time.
 */
export function runBeside(command: readonly string[]): ChildProcess {
  const script = 'setpriv --pdeathsig KILL "$@"; kill -KILL $PPID';
  return spawn("setpriv", ["--pdeathsig", "KILL", "sh", "-c", script, "sh", ...command], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}
