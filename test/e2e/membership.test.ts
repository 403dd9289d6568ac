import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DevServer } from "./server.ts";

const DATA = "weur,enam,apac";
/** Two of three exchanged; all; one region that was none of them; one of them. */
const OTHERS = ["wnam,oc,apac", "wnam,oc,eeur", "apac-ne", "enam"] as const;
const EVENTS = { accept: "text/event-stream" };

async function withServer(state: string, regions: string, use: (base: string) => Promise<void>): Promise<void> {
  const server = await DevServer.start({ SYNOD_REGIONS: regions }, ["--dev"], state);
  try {
    await use(server.base);
  } finally {
    await server.stop();
  }
}

/** Every way in which a client may use the namespace, and what the server answers. */
function requests(base: string): Readonly<Record<string, () => Promise<Response>>> {
  const key = `${base}/v1/demo/kv/theme`;
  const post = (path: string, body: object) =>
    fetch(`${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return {
    create: () => fetch(key, { method: "PUT", body: "other", headers: { "if-none-match": "*" } }),
    put: () => fetch(key, { method: "PUT", body: "other" }),
    read: () => fetch(key),
    "local read": () => fetch(`${key}?consistency=local`),
    list: () => fetch(`${base}/v1/demo/kv?prefix=`),
    "lease grant": () => post("/v1/demo/leases", { ttl: 60 }),
    propose: () => fetch(`${base}/v1/demo/propose/leader`, { method: "POST", body: "me" }),
    status: () => fetch(`${base}/v1/demo/status`),
    watch: () => fetch(`${base}/v1/demo/watch?prefix=`, { headers: EVENTS }),
  };
}

test("a namespace refuses a deployment with other regions, each request at once, and serves again under its own", async () => {
  const state = await mkdtemp(join(tmpdir(), "synod-membership-"));
  try {
    await withServer(state, DATA, async (base) => {
      expect((await fetch(`${base}/v1/demo/kv/theme`, { method: "PUT", body: "blue" })).status).toBe(201);
    });
    for (const regions of OTHERS) {
      await withServer(state, regions, async (base) => {
        for (const [what, ask] of Object.entries(requests(base))) {
          const response = await ask();
          const problem = await response.json();
          expect(problem, `${what} under ${regions}`).toMatchObject({ code: "membership-mismatch", status: 503 });
          expect(problem).toMatchObject({ members: DATA.split(","), configured: regions.split(",") });
        }
        const gateway = await fetch(`${base}/v3/kv/range`, {
          method: "POST",
          headers: { "synod-namespace": "demo" },
          body: JSON.stringify({ key: btoa("theme") }),
        });
        expect(gateway.status).toBe(503);
        expect(await gateway.json()).toMatchObject({ code: 14, message: expect.stringContaining(DATA) });
        // A namespace that was never used begins under the regions of today.
        const fresh = await fetch(`${base}/v1/new-${regions.replaceAll(",", "-")}/kv/a`, { method: "PUT", body: "1" });
        expect(fresh.status).toBe(201);
      });
    }
    await withServer(state, "apac,weur,enam", async (base) => {
      const read = await fetch(`${base}/v1/demo/kv/theme`);
      expect([read.status, await read.text()]).toEqual([200, "blue"]);
      const create = await fetch(`${base}/v1/demo/kv/theme`, {
        method: "PUT",
        body: "other",
        headers: { "if-none-match": "*" },
      });
      expect(create.status).toBe(412);
      expect((await fetch(`${base}/v1/demo/kv/theme`, { method: "PUT", body: "green" })).status).toBe(200);
    });
  } finally {
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  }
});
