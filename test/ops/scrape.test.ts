import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { Prometheus } from "./prometheus.ts";
import { isInstalled, promtool } from "./tools.ts";

const TOKEN = "scraped-with-this";
const NAMESPACE = "scraped";
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const POLL = { timeout: 60_000, interval: 500 };

describe.skipIf(!isInstalled("prometheus"))("`npm run serve` with a token", () => {
  let server: DevServer;
  let prometheus: Prometheus;

  beforeAll(async () => {
    server = await DevServer.start({ SYNOD_TOKEN: TOKEN }, []);
    await write("first");
    const target = server.base.replace("http://", "");
    const job = { target, path: `/v1/${NAMESPACE}/metrics`, token: TOKEN };
    prometheus = await Prometheus.start([job], "groups: []\n", 5);
  });

  afterAll(async () => {
    await prometheus?.stop();
    await server?.dispose();
  });

  async function write(key: string): Promise<void> {
    const response = await fetch(`${server.base}/v1/${NAMESPACE}/kv/${key}`, {
      method: "PUT",
      body: "value",
      headers: AUTHORIZED,
    });
    expect(response.ok).toBe(true);
    await response.body?.cancel();
  }

  test("is scraped by a real Prometheus without an error, and what it counts is what was done", async () => {
    await expect.poll(() => prometheus.query("sum(up)"), POLL).toEqual([1]);
    for (let count = 0; count < 20; count++) await write(`key-${count}`);
    await expect.poll(() => prometheus.query("sum(synod_commits_total)"), POLL).toEqual([21]);
    expect(await prometheus.query("max(synod_revision)")).toEqual([22]);
    expect(await prometheus.scrapeErrors()).toEqual([""]);
  });

  test("is not scraped without it", async () => {
    const response = await fetch(`${server.base}/v1/${NAMESPACE}/metrics`);
    expect(response.status).toBe(401);
    await response.body?.cancel();
  });

  test("gives promtool nothing to complain about", async () => {
    const response = await fetch(`${server.base}/v1/${NAMESPACE}/metrics`, { headers: AUTHORIZED });
    expect(promtool(["check", "metrics"], await response.text())).toBe("");
  });
});
