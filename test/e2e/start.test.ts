/** How a server begins and ends: by signals, by `kill -9` of any of its processes, beside others. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processIdentity } from "../../src/serve/process-identity.ts";
import { freePort } from "../free-port.ts";
import { Client } from "./client.ts";
import { healthStatus, Launch, type Launched, portReleased } from "./launch.ts";
import { watch } from "./watcher.ts";

let port: number;
let state: string;
const launches: Launch[] = [];
const folders: string[] = [];

function stateFresh(): string {
  const folder = mkdtempSync(join(tmpdir(), "synod-start-"));
  folders.push(folder);
  return folder;
}

function launch(more: Partial<Launched> = {}): Launch {
  const launched = new Launch({ port, state, ...more });
  launches.push(launched);
  return launched;
}

function linesOf(output: string): readonly string[] {
  return output.trim().split("\n");
}

/** The shell that would kill this server. */
function guardOf(serverPid: number): number {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  const line = table.split("\n").find((text) => text.endsWith(`synod-guard ${serverPid}`));
  return Number(line?.trim().split(" ")[0]);
}

beforeEach(async () => {
  port = await freePort();
  state = stateFresh();
});

afterEach(async () => {
  await Promise.all(launches.splice(0).map((launched) => launched.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test("serves on both loopback addresses, and SIGTERM ends it and frees the port", async () => {
  const launched = launch();
  expect(linesOf(await launched.ready())).toEqual([`Synod is ready on http://localhost:${port}.`]);
  expect(await healthStatus(port)).toBe(200);
  const hasIpv6 = await new Promise<boolean>((resolve) => {
    const probe = createTcpServer().once("error", () => resolve(false));
    probe.listen(0, "::1", () => probe.close(() => resolve(true)));
  });
  if (hasIpv6) expect(await healthStatus(port, "[::1]")).toBe(200);
  launched.signal("SIGTERM");
  expect(await launched.ended).toBe(0);
  expect(await healthStatus(port)).toBeUndefined();
  expect(linesOf(launched.output)).toHaveLength(1);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s tells watchers to go on elsewhere", async (signal) => {
  const launched = launch();
  await launched.ready();
  const client = new Client(`http://127.0.0.1:${port}`, "drained");
  const stream = await watch(client, "event-stream", { prefix: "" });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/drained/watch?prefix=`);
  await new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
  const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  launched.signal(signal);
  expect(await closed).toBe(1012);
  expect(await stream.until(({ isClosed }) => isClosed)).toBe(true);
  expect(await launched.ended).toBe(0);
});

test("kill -9 leaves no server behind, and the next one serves the same state", async () => {
  const launched = launch();
  await launched.ready();
  const { serverPid } = launched;
  await new Client(`http://127.0.0.1:${port}`, "killed").put("key", "value");
  launched.signal("SIGKILL");
  await launched.ended;
  await portReleased(port);
  expect(processIdentity(serverPid)).toBeUndefined();
  await launch().ready();
  expect((await new Client(`http://127.0.0.1:${port}`, "killed").get("key")).text).toBe("value");
});

test("the server that a killed supervisor and its guard left behind is ended by the next start", async () => {
  const launched = launch();
  await launched.ready();
  const orphan = launched.serverPid;
  process.kill(guardOf(orphan), "SIGKILL");
  launched.signal("SIGKILL");
  await launched.exited;
  expect(await healthStatus(port)).toBe(200);
  await launch().ready();
  expect(processIdentity(orphan)).toBeUndefined();
});

test("when npm is killed, the server that it started ends", async () => {
  const launched = launch({ npm: true });
  await launched.ready();
  launched.signal("SIGKILL");
  await launched.ended;
  await portReleased(port);
  await launch().ready();
});

test("SIGTERM to npm ends the server before npm", async () => {
  const launched = launch({ npm: true });
  await launched.ready();
  launched.signal("SIGTERM");
  await launched.ended;
  expect(await healthStatus(port)).toBeUndefined();
});

test("a server that dies takes its supervisor with it, which says so in one line", async () => {
  const launched = launch();
  await launched.ready();
  process.kill(launched.serverPid, "SIGKILL");
  expect(await launched.ended).toBe(1);
  expect(linesOf(launched.output).at(-1)).toBe("The server ended by itself (SIGKILL); its state is kept.");
});

test("a state folder is served once: the second server refuses in one line, and the first serves on", async () => {
  const first = launch();
  await first.ready();
  const second = launch({ port: await freePort() });
  expect(await second.ended).toBe(1);
  expect(linesOf(second.output)).toEqual([
    expect.stringMatching(`^${state} is in use by the server on port ${port} \\(process \\d+\\): stop that one, or`),
  ]);
  expect(await healthStatus(port)).toBe(200);
  expect(first.isRunning).toBe(true);
});

test("a port that something else has is refused in one line, whatever it answers there", async () => {
  const other = createServer((_, response) => response.end('{"status":"ok"}')).listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const taken = (other.address() as AddressInfo).port;
  const launched = launch({ port: taken });
  expect(await launched.ended).toBe(1);
  expect(linesOf(launched.output)).toEqual([
    `Port ${taken} is in use: stop what listens there, or choose another with PORT.`,
  ]);
  other.close();
});

test("a server whose port begins like another's leaves that one alone", async () => {
  // Such as 19100 and 1910.
  let long = await freePort();
  while (long < 10_240) long = await freePort();
  const first = launch({ port: long });
  await first.ready();
  const second = launch({ port: Math.floor(long / 10), state: stateFresh() });
  await second.ready();
  expect(await healthStatus(long)).toBe(200);
  expect(first.isRunning).toBe(true);
});

test.each([
  [{ PORT: "http" }, 'PORT must be a whole number from 1 to 65535, not "http".'],
  [{ SYNOD_REGIONS: "wnam,enam" }, "SYNOD_REGIONS names 1, 3, 5 or 7 regions, not 2."],
  [{ SYNOD_REGIONS: "moon" }, 'SYNOD_REGIONS names distinct regions that host objects, not "moon".'],
  [{ SYNOD_RETENTION: "3 days" }, /^SYNOD_RETENTION is a JSON object like .*, not "3 days"\.$/],
  [{ SYNOD_TOKEN: "two words" }, /^SYNOD_ROOT_TOKEN has a character that no Authorization header can carry/],
  [{ SYNOD_STATE: "/dev/null/state" }, /^\/dev\/null\/state cannot be a folder of this server \(ENOTDIR\)\.$/],
])("%j is refused in one line before the port opens", async (env, line) => {
  const launched = launch({ env });
  expect(await launched.ended).toBe(2);
  expect(linesOf(launched.output)).toEqual([typeof line === "string" ? line : expect.stringMatching(line)]);
});

test("an address that is not this machine's is refused in one line", async () => {
  const launched = launch({ env: { HOST: "192.0.2.1", SYNOD_ROOT_TOKEN: "secret" } });
  expect(await launched.ended).toBe(1);
  expect(linesOf(launched.output)).toEqual(['HOST must be an address of this machine, not "192.0.2.1".']);
});

test("an address that others can reach needs a root token, said in one line", async () => {
  const launched = launch({ env: { HOST: "0.0.0.0" } });
  expect(await launched.ended).toBe(2);
  expect(linesOf(launched.output)).toEqual([expect.stringMatching(/^HOST is not a loopback .* SYNOD_ROOT_TOKEN must/)]);
});

test("what holds a secret can be read by its owner only", async () => {
  await launch({ env: { SYNOD_TOKEN: "secret" } }).ready();
  const folder = `.wrangler/serve-${port}`;
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "workerd.capnp")).mode & 0o777).toBe(0o600);
  expect(statSync(join(state, "serve.json")).mode & 0o777).toBe(0o600);
});
