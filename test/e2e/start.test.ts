import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "../free-port.ts";

let port: number;
let state: string;
let running: ChildProcess | undefined;

/** Starts the server as `npm start` does, and resolves when it has printed its tour. */
async function start(): Promise<ChildProcess> {
  const child = spawn("node", ["--disable-warning=ExperimentalWarning", "src/serve/start.ts", "--dev"], {
    env: { ...process.env, PORT: `${port}`, SYNOD_STATE: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = child;
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("Synod is ready")) resolve();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready:\n${output}`)));
  });
  return child;
}

async function healthStatus(): Promise<number> {
  const response = await fetch(`http://localhost:${port}/healthz`);
  await response.body?.cancel();
  return response.status;
}

beforeAll(async () => {
  port = await freePort();
  state = await mkdtemp(join(tmpdir(), "synod-e2e-"));
});

afterEach(async () => {
  if (running !== undefined && running.exitCode === null && running.signalCode === null) {
    const exit = once(running, "exit");
    running.kill("SIGTERM");
    await exit;
  }
});

afterAll(() => rm(state, { recursive: true, force: true }));

test("serves, stops on SIGTERM, and frees the port", async () => {
  const child = await start();
  expect(await healthStatus()).toBe(200);
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
  await expect(healthStatus()).rejects.toThrow("fetch failed");
});

test("serves again at once after kill -9", async () => {
  const child = await start();
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
  await start();
  expect(await healthStatus()).toBe(200);
});

test("replaces a server that is still running on its port", async () => {
  const first = await start();
  const exit = once(first, "exit");
  await start();
  await exit;
  expect(await healthStatus()).toBe(200);
});
