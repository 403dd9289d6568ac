/**
 * `npm start`: serves Synod on this machine through `wrangler dev`, with the state kept on disk.
 *
 * Environment: `PORT` (default 8787), `SYNOD_STATE` (the folder of the state, default `.wrangler/state`).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { leftoverEnd, leftoverRecord } from "./leftover.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const READY_MS_MAX = 120_000;
const RECOVERY_MS_MAX = 10_000;
const READY_POLL_MS = 100;

/** The default, or the port asked for; undefined when it is not one. */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return 8787;
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** How to run `wrangler dev` without a prompt, a banner, telemetry, or anything fetched from the network. */
function wranglerArguments(port: number): readonly string[] {
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const state = process.env.SYNOD_STATE ?? ".wrangler/state";
  // Both processes of wrangler load it: each ends itself when the one that started it is gone.
  const node = ["--import", new URL("./orphan.ts", import.meta.url).href, wrangler];
  const where = ["--local", "--port", `${port}`, "--inspector-port", "0", "--persist-to", state];
  // Below `warn`, wrangler prints a line for every request.
  const quiet = ["--show-interactive-dev-session", "false", "--log-level", "warn"];
  return [...node, "dev", ...where, ...quiet, "--var", "SYNOD_DEV:1"];
}

const WRANGLER_ENVIRONMENT = {
  CI: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_REGISTRY_PATH: ".wrangler/registry",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  // Wrangler's own debug log, several lines for each request.
  WRANGLER_WRITE_LOGS: "false",
} as const;

/** Its output passes through here, so that it can't see the terminal itself. */
const WRANGLER_COLOR: Readonly<Record<string, string>> = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};

/** Whether `/healthz` answered in time; false also when `ended` says that there is nothing to wait for. */
async function isReady(base: string, waitMs: number, ended: () => boolean): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (!ended() && performance.now() < deadline) {
    const ok = await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    if (ok) return !ended();
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return false;
}

function tour(base: string): string {
  return `
Synod is ready on ${base}. Try, in a second terminal:

  # watch everything, from Europe
  curl -N -H 'Accept: text/event-stream' -H 'synod-region: weur' '${base}/v1/demo/watch?prefix='

and in a third:

  # write in Oceania, read in North America
  curl -i -X PUT -H 'synod-region: oc' --data 'hello' ${base}/v1/demo/kv/greeting
  curl -i -H 'synod-region: enam' ${base}/v1/demo/kv/greeting

  # who votes, who learns, how far each has come
  curl -s ${base}/v1/demo/status

  # real distances between regions, and one region down
  curl -X PUT -H 'Content-Type: application/json' --data '{"wan":true,"down":["weur"]}' ${base}/dev/network

Ctrl-C stops it; the state stays in .wrangler.
`;
}

async function main(): Promise<void> {
  const port = portOf(process.env.PORT);
  if (port === undefined) {
    console.error(`PORT must be a whole number from 1 to 65535, not "${process.env.PORT}".`);
    process.exit(2);
  }
  if ((await leftoverEnd(ROOT, port)) === "served") {
    console.error(`Port ${port} is served by another \`npm start\` of this folder. Stop it, or set PORT.`);
    process.exit(1);
  }

  // Its own process group, so that whatever it starts can be ended as one, by this run or by the next.
  const child = spawn(process.execPath, wranglerArguments(port), {
    cwd: ROOT,
    env: { ...WRANGLER_COLOR, ...process.env, ...WRANGLER_ENVIRONMENT },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let ended = false;
  let silent = false;
  const group = child.pid;
  child.once("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    ended = true;
    // Wrangler is gone; what it started goes with it.
    if (group !== undefined) groupSignal(group, "SIGKILL");
    process.exit(silent ? 1 : (code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1)));
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  if (group === undefined) return;
  leftoverRecord(ROOT, port, group);

  const base = `http://localhost:${port}`;
  const stopUnlessAnswering = async (waitMs: number): Promise<boolean> => {
    if (await isReady(base, waitMs, () => ended)) return true;
    silent = !ended;
    if (silent) console.error(`Nothing answered on ${base} within ${waitMs / 1_000} s; stopping.`);
    child.kill("SIGTERM");
    return false;
  };
  child.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    // Wrangler 4.124 restarts a workerd that crashed, but when it was the one that holds the port, that one hangs for
    // ever. Better to stop and say so.
    if (chunk.includes("crashed unexpectedly")) void stopUnlessAnswering(RECOVERY_MS_MAX);
  });
  if (await stopUnlessAnswering(READY_MS_MAX)) console.log(tour(base));
}

/** Signals all of a process group; that it may be gone already is no error. */
function groupSignal(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: nobody is left.
  }
}

await main();
