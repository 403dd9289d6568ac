import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { Prometheus } from "./prometheus.ts";
import { isInstalled, OPS } from "./tools.ts";

const NAMESPACE = "faulty";
const SCRAPE_S = 5;
/** A rate needs samples, however short the times. */
const RANGE_S_MIN = 5 * SCRAPE_S;
const POLL = { timeout: 110_000, interval: 1_000 };

/** The alerts with their times divided by 60; the bound of a lag in seconds is one of them. */
function hurried(rules: string): string {
  return rules
    .replace(/for: (\d+)m/g, (_, minutes: string) => `for: ${minutes}s`)
    .replace(/\[(\d+)m\]|offset (\d+)m/g, (text, range?: string, offset?: string) => {
      const seconds = Math.max(RANGE_S_MIN, Number(range ?? offset));
      return text.startsWith("[") ? `[${seconds}s]` : `offset ${seconds}s`;
    });
}

describe.skipIf(!isInstalled("prometheus"))("alerts fire by faults of the network", () => {
  let server: DevServer;
  let prometheus: Prometheus;
  let watcher: WebSocket;

  beforeAll(async () => {
    server = await DevServer.start();
    await write("first");
    const target = server.base.replace("http://", "");
    const rules = hurried(readFileSync(`${OPS}alerts.yaml`, "utf8"));
    prometheus = await Prometheus.start([{ target, path: `/v1/${NAMESPACE}/metrics` }], rules, SCRAPE_S);
    watcher = await watch();
  });

  afterAll(async () => {
    watcher?.close();
    await prometheus?.stop();
    await server?.dispose();
  });

  async function write(key: string): Promise<number> {
    const init = { method: "PUT", body: "value", headers: { "synod-region": "weur" } };
    const response = await fetch(`${server.base}/v1/${NAMESPACE}/kv/${key}`, init);
    await response.arrayBuffer();
    return response.status;
  }

  async function network(down: readonly string[]): Promise<void> {
    const response = await fetch(`${server.base}/dev/network`, { method: "PUT", body: JSON.stringify({ down }) });
    expect(response.ok).toBe(true);
    await response.arrayBuffer();
  }

  function watch(): Promise<WebSocket> {
    const socket = new WebSocket(`${server.base.replace("http", "ws")}/v1/${NAMESPACE}/watch?prefix=`);
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(socket));
      socket.addEventListener("error", () => reject(new Error("the watch was not opened")));
    });
  }

  test("two regions of five down: NoMargin", async () => {
    await expect.poll(() => prometheus.query("sum(up)"), POLL).toEqual([1]);
    await network(["apac", "oc"]);
    await expect.poll(() => prometheus.firing(), POLL).toContain("NoMargin");
  });

  test("three down, and a write that was under way: QuorumLost, UndecidedVotes, ApplyLag; all end with the fault", async () => {
    await network([]);
    await expect.poll(() => write("second"), POLL).toBe(200);
    await network(["wnam", "apac", "oc"]);
    expect(await write("undecided")).toBeGreaterThanOrEqual(503);
    for (const alert of ["QuorumLost", "UndecidedVotes", "ApplyLag"]) {
      await expect.poll(() => prometheus.firing(), POLL).toContain(alert);
    }
    await network([]);
    await expect.poll(() => prometheus.firing(), POLL).toEqual([]);
    expect(await write("third")).toBeLessThan(300);
  });

  test("a watcher that says what nobody understands: WatchersDropped", async () => {
    const other = await watch();
    other.send("{}");
    await expect.poll(() => prometheus.firing(), POLL).toContain("WatchersDropped");
  });
});
