import { expect, test } from "vitest";
import { BackupState } from "../../src/backup/backup-state.ts";
import { backupLineParse } from "../../src/backup/format.ts";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();
const WEUR = { "synod-region": "weur" };
const JSON_HEADERS = { ...WEUR, "content-type": "application/json" };

async function put(namespace: string, key: string, value: string, query = ""): Promise<void> {
  const response = await send(`/v1/${namespace}/kv/${key}${query}`, { method: "PUT", body: value, headers: WEUR });
  expect(response.ok).toBe(true);
  await response.body?.cancel();
}

async function backup(namespace: string): Promise<{ lines: readonly string[]; state: BackupState }> {
  const response = await send(`/v1/${namespace}/backup`, { headers: WEUR });
  const plain = response.body?.pipeThrough(new DecompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>);
  const lines = (await new Response(plain).text()).split("\n").slice(0, -1);
  const state = new BackupState();
  await state.add(
    (async function* () {
      yield* lines;
    })(),
  );
  return { lines, state };
}

function step(namespace: string, body: object): Promise<Response> {
  return send(`/v1/${namespace}/restore`, { method: "POST", body: JSON.stringify(body), headers: JSON_HEADERS });
}

test("What was backed up is restored into a fresh namespace, and nobody is let in before it is whole", async () => {
  const from = freshNamespace();
  await put(from, "a", "1");
  await put(from, "a", "2");
  await put(from, "leased", "3", "?ttl=600");
  await put(from, "gone", "4");
  await send(`/v1/${from}/kv/gone`, { method: "DELETE", headers: WEUR });
  const { lines, state } = await backup(from);
  const parsed = lines.map((line) => backupLineParse(line));
  const versions = parsed.filter((line) => line?.kind === "version" && state.isLive(line));

  const to = freshNamespace();
  const begun = await step(to, { step: "begin", restore: "r", revision: state.header.revision });
  expect(await begun.json()).toEqual({ revision: state.header.revision + 2 ** 20, next: 0 });
  await step(to, { step: "chunk", restore: "r", index: 0, versions, leases: state.leases, proposals: [] });
  await problemOf(await send(`/v1/${to}/kv/a`, { headers: WEUR }), "restoring");
  await problemOf(await send(`/v1/${to}/kv/a`, { method: "PUT", body: "mine", headers: WEUR }), "restoring");
  await problemOf(await step(to, { step: "end", restore: "r", chunks: 1, content: "wrong" }), "restore-conflict");
  const ended = await step(to, { step: "end", restore: "r", chunks: 1, content: state.content });
  expect(ended.status).toBe(200);

  const read = await send(`/v1/${to}/kv/a`, { headers: WEUR });
  expect(await read.text()).toBe("2");
  expect(read.headers.get("etag")).toBe('"3"');
  expect((await backup(to)).state.content).toBe(state.content);
  const leases = (await (await send(`/v1/${to}/leases`, { headers: WEUR })).json()) as { leases: string[] };
  expect(leases.leases).toEqual(state.leases.map(({ id }) => id));
});

test("A namespace that was written to is not restored into", async () => {
  const namespace = freshNamespace();
  await put(namespace, "a", "1");
  await problemOf(await step(namespace, { step: "begin", restore: "r", revision: 9 }), "restore-conflict");
});
