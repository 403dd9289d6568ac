import { expect, test } from "vitest";
import { BackupFault, BackupState } from "../../src/backup/backup-state.ts";
import { GZIP_HEADER } from "../../src/backup/gzip-header.ts";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();
const WEUR = { "synod-region": "weur" };

async function put(namespace: string, key: string, value: string, query = ""): Promise<void> {
  const response = await send(`/v1/${namespace}/kv/${key}${query}`, { method: "PUT", body: value, headers: WEUR });
  expect(response.ok).toBe(true);
  await response.body?.cancel();
}

async function linesOf(response: Response): Promise<string[]> {
  expect(response.status).toBe(200);
  const plain = response.body?.pipeThrough(new DecompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>);
  const text = await new Response(plain).text();
  return text.split("\n").slice(0, -1);
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function stateOf(...files: readonly (readonly string[])[]): Promise<BackupState> {
  const state = new BackupState();
  for (const lines of files) await state.add(each(lines));
  return state;
}

test("A backup is all of a namespace, and its content digest is the store's", async () => {
  const namespace = freshNamespace();
  await put(namespace, "a", "1");
  await put(namespace, "a", "2");
  await put(namespace, "b", "gone");
  await put(namespace, "c", "leased", "?ttl=600");
  await send(`/v1/${namespace}/kv/b`, { method: "DELETE", headers: WEUR });
  await send(`/v1/${namespace}/propose/first`, { method: "POST", body: "won", headers: WEUR });
  await send(`/v1/${namespace}/kv/%ff`, { method: "PUT", body: new Uint8Array([0, 255]), headers: WEUR });
  const lines = await linesOf(await send(`/v1/${namespace}/backup`, { headers: WEUR }));
  const state = await stateOf(lines);
  expect(state).toMatchObject({ keys: 3, proposals: 1, isComparable: true });
  expect(state.leases.map(({ ttl }) => ttl)).toEqual([600]);
  expect(state.header).toMatchObject({ namespace, revision: 7, compact_revision: 0 });
});

test("A backup read in parts is the same lines, whatever is written meanwhile", async () => {
  const namespace = freshNamespace();
  for (let count = 0; count < 5; count++) await put(namespace, `key-${count}`, "x".repeat(300_000));
  const lines: string[] = [];
  let cursor: string | null = "";
  for (let parts = 0; cursor !== null; parts++) {
    const response = await send(`/v1/${namespace}/backup?cursor=${cursor}`, { headers: WEUR });
    expect(response.status).toBe(200);
    lines.push(...(await response.text()).split("\n").slice(0, -1));
    cursor = response.headers.get("synod-cursor");
    await put(namespace, `key-${parts}`, "written meanwhile");
  }
  const state = await stateOf(lines);
  expect(state.keys).toBe(5);
  expect(state.header.revision).toBe(6);
  expect(lines.join("\n")).not.toContain("written meanwhile");
});

test("An increment goes on where a backup ended, and both together are what the store holds", async () => {
  const namespace = freshNamespace();
  await put(namespace, "kept", "1");
  await put(namespace, "changed", "1");
  await put(namespace, "deleted", "1");
  const base = await linesOf(await send(`/v1/${namespace}/backup`, { headers: WEUR }));
  await put(namespace, "changed", "2");
  await send(`/v1/${namespace}/kv/deleted`, { method: "DELETE", headers: WEUR });
  const increment = await linesOf(await send(`/v1/${namespace}/backup?since=4`, { headers: WEUR }));
  expect(increment.length).toBe(4);
  const state = await stateOf(base, increment);
  expect(state).toMatchObject({ keys: 2, isComparable: true });
  await expect(stateOf(increment, base)).rejects.toThrow(BackupFault);
});

test("A change anywhere in the lines is found", async () => {
  const namespace = freshNamespace();
  await put(namespace, "a", "1");
  const lines = await linesOf(await send(`/v1/${namespace}/backup`, { headers: WEUR }));
  const text = lines.join("\n");
  for (let at = 0; at < text.length; at++) {
    const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    await expect(stateOf(changed.split("\n"))).rejects.toThrow(BackupFault);
  }
  await expect(stateOf(lines.slice(0, -1))).rejects.toThrow("no trailer");
  await expect(stateOf([...lines, lines[1] ?? ""])).rejects.toThrow("after the trailer");
});

test("The file's own header is always the same, so that a change there is found", async () => {
  const namespace = freshNamespace();
  await put(namespace, "a", "1");
  const bytes = new Uint8Array(await (await send(`/v1/${namespace}/backup`)).arrayBuffer());
  expect(bytes.subarray(0, GZIP_HEADER.length)).toEqual(GZIP_HEADER);
});

test("An increment since what is compacted, or has not come, is refused; so is a cursor that is none", async () => {
  const namespace = freshNamespace();
  for (const value of ["1", "2", "3"]) await put(namespace, "a", value);
  await send(`/v1/${namespace}/compact`, {
    method: "POST",
    body: '{"revision":3}',
    headers: { ...WEUR, "content-type": "application/json" },
  });
  const about = (query: string) => send(`/v1/${namespace}/backup?${query}`, { headers: WEUR });
  expect(await problemOf(await about("since=2"), "compacted")).toMatchObject({ compact_revision: 3 });
  await problemOf(await about("since=9"), "future-revision");
  await problemOf(await about("cursor=x"), "invalid-request");
  expect((await stateOf(await linesOf(await about("")))).keys).toBe(1);
});
