/** Takes the pictures of the dashboard in `docs/` by driving the real page: `npm run pictures`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { chromiumPath } from "./chromium.ts";
import { Dashboard } from "./dashboard.ts";

const DOCS = fileURLToPath(new URL("../../docs", import.meta.url));
const SIZE = { width: 1_180, height: 760 };
/** So that what moves has come to rest. */
const REST_MS = 1_500;

const path = chromiumPath();
if (path === undefined) {
  console.error("No Chromium is installed; CHROMIUM names one that stands elsewhere.");
  process.exit(1);
}
mkdirSync(DOCS, { recursive: true });
const dashboard = await Dashboard.start(path);
try {
  await votes();
  await regionDown();
  await noQuorum();
  await collision();
  await convergence();
  await history();
  await release();
  await faultLab();
} finally {
  await dashboard.dispose();
}

async function take(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(REST_MS);
  await page.screenshot({ path: join(DOCS, `dashboard-${name}.png`) });
  await page.context().close();
  console.log(`docs/dashboard-${name}.png`);
}

async function network(next: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  await dashboard.api("/dev/network", { method: "PUT", headers, body: JSON.stringify(next) });
}

async function seeded(): Promise<string> {
  const namespace = dashboard.freshNamespace();
  const values = { "limits/cpu": "2 cores", "limits/ram": "8 GiB", "routes/checkout": "weur, enam", theme: "blue" };
  for (const [key, value] of Object.entries(values)) await dashboard.put(namespace, key, value);
  return namespace;
}

/** A write's votes, and the fifth that came too late to count. */
async function votes(): Promise<void> {
  const namespace = await seeded();
  await network({ wan: true });
  const page = await dashboard.open(`${namespace}/world`, { viewport: SIZE });
  await page.getByLabel("From").selectOption("oc");
  await page.getByText("as seen from Oceania").waitFor();
  await page.waitForTimeout(REST_MS);
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await page.getByText(/decided by 4 votes/).waitFor();
  await take(page, "world");
}

async function regionDown(): Promise<void> {
  const namespace = await seeded();
  const page = await dashboard.open(`${namespace}/world`, { viewport: SIZE, colorScheme: "dark" });
  await page.getByText("Healthy").waitFor();
  await network({ wan: true, down: ["apac", "oc"] });
  await page.getByText("can lose 0 more regions").waitFor();
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await page.getByText(/round trips:/).waitFor();
  await take(page, "margin");
}

async function noQuorum(): Promise<void> {
  const namespace = dashboard.freshNamespace();
  await network({});
  await dashboard.put(namespace, "theme", "blue");
  const page = await dashboard.open(`${namespace}/world`, { viewport: SIZE });
  await page.getByText("Healthy").waitFor();
  await network({ wan: true, down: ["weur", "apac", "oc"] });
  await page.getByText(/No quorum/).waitFor();
  await take(page, "no-quorum");
}

/** Writers of two regions want the same slot. */
async function collision(): Promise<void> {
  await network({});
  const namespace = await seeded();
  await network({ wan: true });
  const page = await dashboard.open(`${namespace}/log`, { viewport: SIZE });
  await page.getByText("No slot was decided").waitFor();
  await page.waitForTimeout(REST_MS);
  for (let round = 0; round < 3; round++) {
    const write = (region: string) =>
      dashboard.api(`/v1/${namespace}/kv/contended`, {
        method: "PUT",
        body: region,
        headers: { "synod-region": region },
      });
    await Promise.all([write("weur"), write("oc")]);
    await page.waitForTimeout(REST_MS);
  }
  await page.locator("table.log thead a").first().click();
  await take(page, "log");
}

async function convergence(): Promise<void> {
  await network({});
  const namespace = await seeded();
  const page = await dashboard.open(`${namespace}/watchers`, { viewport: SIZE });
  const watch = new AbortController();
  for (const region of ["weur", "weur", "oc", "apac", "enam"]) {
    const headers = { accept: "text/event-stream", "synod-region": region };
    await dashboard.api(`/v1/${namespace}/watch?prefix=`, { headers, signal: watch.signal });
  }
  await page.getByText(/of 6 watchers/).waitFor();
  await take(page, "watchers");
  watch.abort();
}

async function history(): Promise<void> {
  const namespace = await seeded();
  const [before, after] = [2, 4].map((cores) => JSON.stringify({ cores, burst: true, tier: "standard" }, null, 2));
  const old = await dashboard.put(namespace, "limits/api", before ?? "", "application/json");
  await dashboard.put(namespace, "limits/api", after ?? "", "application/json");
  const page = await dashboard.open(`${namespace}/keys/limits/api?revision=${old}`, { viewport: SIZE });
  await page.getByLabel("difference to now").check();
  await take(page, "history");
}

/** A release on its way, and the way back. */
async function release(): Promise<void> {
  await network({});
  const namespace = await seeded();
  const page = await dashboard.open(`${namespace}/releases`, { viewport: SIZE });
  await page.getByRole("button", { name: "New release" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Key").fill("theme");
  await dialog.getByLabel("New value").fill("green");
  await dialog.getByLabel("Note").fill("A greener theme");
  await dialog.getByLabel("Strategy").selectOption("Linear50PercentEvery30Seconds");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByText("rolling out").first().waitFor();
  await take(page, "release");
}

async function faultLab(): Promise<void> {
  await network({});
  const namespace = await seeded();
  await network({ wan: true, down: ["apac"], cut: [["wnam", "weur"]] });
  const page = await dashboard.open(`${namespace}/fault-lab`, { viewport: SIZE, colorScheme: "dark" });
  await page.getByRole("button", { name: "Start the load" }).click();
  await page.getByText(/^[1-9]\d\d operations judged/).waitFor();
  await take(page, "fault-lab");
}
