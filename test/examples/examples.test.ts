import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSynod, put } from "../../src/client/index.ts";
import { DevServer } from "../e2e/server.ts";
import { ExampleProcess, readmeCommand } from "./readme.ts";

/** Each example, started by the commands of its README, against one development server. */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
if (CHROMIUM === undefined)
  console.warn("skipped: the page, since chromium is not installed (apt-get install chromium)");

const POLL = { timeout: 60_000, interval: 200 };

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

const text = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();
const json = async (url: string) => JSON.parse(await text(url)) as unknown;

test("config-view: a Worker answers from its view, which is read anew behind its answers", async () => {
  await using shop = createSynod({ url: server.base }, { namespace: "shop" });
  await using worker = await ExampleProcess.wrangler("config-view", { SYNOD_URL: server.base });
  expect(await json(worker.base)).toMatchObject({ greeting: "Hello", perPage: 10 });
  for (const greeting of ["Good morning", "Good night"]) {
    const { revision } = await shop.txn({
      do: [put("config/greeting", greeting), put("config/limits", { perPage: 50 })],
    });
    await expect.poll(() => json(worker.base), POLL).toEqual({ greeting, perPage: 50, revision });
  }
});

test("binding: a Worker reads and writes over its service binding, in one `wrangler dev`", async () => {
  await using worker = await ExampleProcess.wrangler("binding");
  expect(await text(`${worker.base}/greeting`, { method: "PUT", body: "Good morning" })).toBe('{"revision":2}');
  expect(await text(`${worker.base}/greeting`)).toBe("Good morning\n");
  expect((await fetch(`${worker.base}/nothing`)).status).toBe(404);
});

test("cron-lock: a job that is started many times runs once, under a rising token", async () => {
  await using worker = await ExampleProcess.wrangler("cron-lock", { SYNOD_URL: server.base });
  const start = (time: number) => fetch(`${worker.base}/cdn-cgi/handler/scheduled?time=${time}`);
  const times = [1_700_000_000_000, 1_700_000_060_000];
  for (const time of times) await Promise.all([start(time), start(time), start(time)]);
  const rows = (await json(worker.base)) as { scheduled: number; token: number }[];
  expect(rows.map(({ scheduled }) => scheduled)).toEqual(times);
  expect(rows[1]?.token).toBeGreaterThan(rows[0]?.token ?? Number.POSITIVE_INFINITY);
});

test("leader-election: one leads; when it is killed the next does, under a higher token", async () => {
  const member = (name: string) =>
    ExampleProcess.run(readmeCommand("leader-election", `member.ts ${name}`), { SYNOD_URL: server.base });
  const tokenOf = ({ output }: ExampleProcess) => Number(/leads under token (\d+)/.exec(output)?.[1]);
  await using one = await member("one");
  await one.until("one leads");
  await using two = await member("two");
  await using cluster = createSynod({ url: server.base }, { namespace: "cluster" });
  await expect.poll(async () => (await Array.fromAsync(cluster.kv.list("leader/"))).length, POLL).toBe(2);
  expect(two.output).toBe("");
  await one.end("SIGKILL");
  await two.until("two leads");
  expect(tokenOf(two)).toBeGreaterThan(tokenOf(one));
  await two.end();
  expect(await cluster.elections.leader("leader")).toBeNull();
});

test.skipIf(CHROMIUM === undefined)("live-page: a page shows what is written, as it is written", async () => {
  const { chromium } = await import("playwright-core");
  await using shop = createSynod({ url: server.base }, { namespace: "shop" });
  await shop.kv.put("prices/apple", "1.20");
  await using files = await ExampleProcess.run(readmeCommand("live-page", "esbuild"));
  await files.until("Local:");
  const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`${files.base}/?synod=${encodeURIComponent(server.base)}`);
    await page.waitForSelector("dd:has-text('1.20')");
    await shop.kv.put("prices/apple", "1.30");
    await page.waitForSelector("dd:has-text('1.30')");
    await page.waitForSelector("output:has-text('live')");
  } finally {
    await browser.close();
  }
});

test("embedded: one's own Worker with Synod in it is deployed, dry, and serves both", async () => {
  const command = readmeCommand("embedded", "wrangler deploy").split(" ");
  const deployed = execFileSync(command[0] ?? "", [...command.slice(1), "--dry-run"], { cwd: ROOT, encoding: "utf8" });
  for (const name of ["AcceptorObject", "LeaderObject", "LearnerObject", "RegisterObject"])
    expect(deployed).toContain(name);
  await using worker = await ExampleProcess.wrangler("embedded");
  expect(await text(`${worker.base}/about`)).toBe("/about was visited 1 times\n");
  // Where the machine is busy, `wrangler dev` loses a connection now and then.
  await expect.poll(() => text(`${worker.base}/about`), POLL).toMatch(/^\/about was visited [2-9] times\n$/);
  expect(await text(`${worker.base}/v1/visits/kv?prefix=pages/&keys_only=true`)).toContain('"pages/about"');
});
