/** State that earlier commits left on disk opens, answers as it did there, and goes on. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reads, repeats } from "../fixtures/answers.ts";
import { NAMESPACES } from "../fixtures/fill.ts";
import { ACCEPTORS, Client } from "./client.ts";
import { DevServer } from "./server.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** A copy of the kept state, since a server writes to what it opens. */
function stateUnpack(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "synod-kept-"));
  execFileSync("tar", ["-xzf", join(FIXTURES, name, "state.tar.gz"), "-C", folder]);
  return folder;
}

describe.each(["state-a729567"])("%s", (name) => {
  const kept = JSON.parse(readFileSync(join(FIXTURES, name, "answers.json"), "utf8"));
  let server: DevServer;

  beforeAll(async () => {
    server = await DevServer.start({}, ["--dev"], stateUnpack(name));
  });
  afterAll(() => server.dispose());

  test("every read answers what it answered then, digests included", async () => {
    const { repeats: _, ...keptReads } = kept;
    expect(await reads(server.base)).toMatchObject(keptReads);
  });

  test("a request repeated from then has its first result", async () => {
    expect(await repeats(server.base)).toMatchObject(kept.repeats);
  });

  test("writes, transactions, proposals and leases go on from every region", async () => {
    for (const namespace of NAMESPACES) {
      for (const region of ACCEPTORS) {
        const client = new Client(server.base, namespace, region);
        expect((await client.put(`new/${region}`, region)).status).toBe(201);
        expect((await client.propose(`new/${region}`, region)).headers.get("synod-won")).toBe("true");
        expect((await client.get(`new/${region}`)).text).toBe(region);
      }
    }
  });

  test("its level is raised when every learner knows the next one, and it goes on from there", async () => {
    const raised = await fetch(`${server.base}/v1/fixture/level`, {
      method: "POST",
      body: JSON.stringify({ level: 1 }),
      headers: { "content-type": "application/json" },
    });
    expect([raised.status, await raised.json()]).toMatchObject([200, { level: 1 }]);
    const put = (body: string) =>
      fetch(`${server.base}/v1/fixture/kv/raised`, { method: "PUT", body, headers: { "idempotency-key": "raised" } });
    expect((await put("one")).status).toBe(201);
    // What level 0 does not know: another request under the same id.
    expect((await put("two")).status).toBe(422);
    const levels = async () => {
      const { learners } = (await (await fetch(`${server.base}/v1/fixture/status`)).json()) as {
        learners: { level: number }[];
      };
      return learners.map(({ level }) => level);
    };
    await expect.poll(levels).toEqual([1, 1, 1, 1, 1]);
  });

  test("after a restart it still answers, old keys and new", async () => {
    await server.stop();
    await server.start();
    const client = new Client(server.base, "fixture");
    expect((await client.get("greeting")).text).toBe("bonjour");
    expect((await client.get("new/oc")).text).toBe("oc");
    expect((await client.proposal("leader")).text).toBe("apac-1");
  });
});
