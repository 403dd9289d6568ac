import { expect, test } from "vitest";
import { appSend, freshNamespace } from "./app.ts";

const send = appSend();

/** A series' value; undefined where there is no such line. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

async function scrape(namespace: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await send(`/v1/${namespace}/metrics`, { headers });
  expect(response.status).toBe(200);
  return response.text();
}

test("A region counts what it proposed, answered and applied, and says where it stands", async () => {
  const namespace = freshNamespace();
  const region = { "synod-region": "weur" };
  for (const value of ["a", "b", "c"]) {
    await send(`/v1/${namespace}/kv/key`, { method: "PUT", body: value, headers: region });
  }
  await send(`/v1/${namespace}/kv/key`, { headers: region });
  await send(`/v1/${namespace}/kv/key`, { method: "DELETE", headers: region });
  const here = `namespace="${namespace}",region="weur"`;
  const isApplied = async () => valueOf(await scrape(namespace), `synod_revision{${here}}`);
  await expect.poll(isApplied, { timeout: 30_000 }).toBe(5);
  const text = await scrape(namespace);
  const sumOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (valueOf(text, name) ?? 0), 0);
  const commits = sumOf(["fast", "classic", "leader"].map((path) => `synod_commits_total{${here},path="${path}"}`));
  const served = sumOf(["put", "delete"].map((op) => `synod_request_seconds_count{${here},op="${op}",outcome="ok"}`));
  // A client whose learner is slow to answer proposes by itself, which no learner counts.
  expect([commits, served > 0, served <= 4]).toEqual([served, true, true]);
  expect(valueOf(text, `synod_reads_total{${here},consistency="linearizable"}`)).toBeLessThanOrEqual(1);
  expect(valueOf(text, `etcd_mvcc_put_total{${here}}`)).toBe(3);
  expect(valueOf(text, `etcd_mvcc_delete_total{${here}}`)).toBe(1);
  expect(valueOf(text, `synod_quorum_margin{namespace="${namespace}"}`)).toBe(2);
  expect(valueOf(text, `synod_acceptor_up{namespace="${namespace}",region="oc"}`)).toBe(1);
  expect(valueOf(text, `synod_rows_written_total{${here},role="acceptor"}`)).toBeGreaterThan(0);
  expect(valueOf(text, `synod_rows_written_total{${here},role="learner"}`)).toBeGreaterThan(0);
});

test("Every request that a learner denies is counted, and no question about rights", async () => {
  const namespace = freshNamespace();
  const guarded = appSend({ token: "r00t" });
  const ask = (path: string, token: string, init: RequestInit = {}) =>
    guarded(`/v1/${namespace}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "synod-region": "weur" },
    });
  const made = await ask("/tokens", "r00t", { method: "POST", body: JSON.stringify({ roles: ["reader"] }) });
  const { token } = (await made.json()) as { readonly token: string };
  const guess = "syn_abcdefgh_0123456789012345678901234567890123456789012";
  const put = { method: "PUT", body: "v" };
  for (const answer of [await ask("/kv/a", token, put), await ask("/kv/a", "nobody", put)]) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  for (let count = 0; count < 3; count++) expect((await ask("/kv/a", guess)).status).toBe(401);
  expect((await ask("/status", guess)).status).toBe(401);
  /** In all regions: where a learner is too slow, another is asked, too. */
  const denied = async (reason: string) => {
    const text = await (await ask("/metrics", "r00t")).text();
    const counts = text.matchAll(new RegExp(`synod_auth_denied_total\\{.*reason="${reason}"\\} (\\d+)`, "g"));
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  expect(await denied("unauthenticated")).toBeGreaterThanOrEqual(4);
  const forbidden = await denied("forbidden");
  expect(forbidden).toBeGreaterThanOrEqual(1);
  expect((await ask("/whoami", token)).status).toBe(200);
  expect(await denied("forbidden")).toBe(forbidden);
});

test("The price is that of the requests and rows that were counted", async () => {
  const namespace = freshNamespace();
  await send(`/v1/${namespace}/kv/key`, { method: "PUT", body: "a", headers: { "synod-region": "weur" } });
  const text = await scrape(namespace);
  const here = `namespace="${namespace}",region="weur"`;
  const count = (name: string) =>
    ["acceptor", "learner"].reduce((sum, role) => sum + (valueOf(text, `${name}{${here},role="${role}"}`) ?? 0), 0);
  const dollars = (count("synod_object_requests_total") * 0.15 + count("synod_rows_written_total")) / 1e6;
  expect(valueOf(text, `synod_cost_dollars_total{${here}}`)).toBeCloseTo(dollars, 12);
});

test("What is applied is counted in every region", async () => {
  const namespace = freshNamespace();
  await send(`/v1/${namespace}/kv/key`, { method: "PUT", body: "a", headers: { "synod-region": "weur" } });
  await expect
    .poll(async () => valueOf(await scrape(namespace), `etcd_mvcc_put_total{namespace="${namespace}",region="oc"}`))
    .toBe(1);
});

test("A scrape of a namespace that nobody wrote to leaves its learners blank", async () => {
  const namespace = freshNamespace();
  const text = await scrape(namespace);
  expect(valueOf(text, `synod_revision{namespace="${namespace}",region="weur"}`)).toBe(1);
  expect(valueOf(text, `synod_rows_written_total{namespace="${namespace}",region="weur",role="learner"}`)).toBe(
    undefined,
  );
});

test("OpenMetrics is answered to whoever accepts it rather", async () => {
  const namespace = freshNamespace();
  const response = await send(`/v1/${namespace}/metrics`, { headers: { accept: "application/openmetrics-text" } });
  expect(response.headers.get("content-type")).toContain("application/openmetrics-text; version=1.0.0");
  expect((await response.text()).endsWith("# EOF\n")).toBe(true);
});

test("Health says what can be lost, and what is wrong", async () => {
  const namespace = freshNamespace();
  await send(`/v1/${namespace}/kv/key`, { method: "PUT", body: "a", headers: { "synod-region": "weur" } });
  const response = await send(`/v1/${namespace}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ status: "ok", margin: 2, detail: "can lose 2 more" });
});
