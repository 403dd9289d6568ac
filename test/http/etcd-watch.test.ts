import { describe, expect, test } from "vitest";
import {
  watchFrameCancelled,
  watchFrameCreated,
  watchFrameEvents,
  watchFrameStale,
} from "../../src/api/watch-frame.ts";
import { appSend, freshNamespace, type Send } from "./app.ts";
import { ScriptedLearner } from "./scripted-learner.ts";

interface Line {
  readonly result?: {
    readonly header?: { readonly revision?: string };
    readonly watch_id?: string;
    readonly created?: boolean;
    readonly canceled?: boolean;
    readonly compact_revision?: string;
    readonly fragment?: boolean;
    readonly events?: readonly { readonly kv?: { readonly value?: string } }[];
  };
  readonly error?: { readonly message: string };
}

const KEY = btoa("k");
const create = (more: object = {}) => JSON.stringify({ create_request: { key: KEY, ...more } });

/** Opens a watch stream of etcd's gateway and reads lines until `enough`, or the end. */
async function lines(
  send: Send,
  ns: string,
  body: string,
  enough: (lines: readonly Line[]) => boolean,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await send("/v3/watch", { method: "POST", body, headers: { "synod-namespace": ns, ...headers } });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  const found: Line[] = [];
  let text = "";
  while (!enough(found)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    const parts = text.split("\n");
    text = parts.pop() ?? "";
    for (const part of parts) found.push(JSON.parse(part) as Line);
  }
  await reader.cancel();
  return found;
}

const kv = { key: Uint8Array.of(107), value: Uint8Array.of(98), createRevision: 5, version: 1, lease: "0" };
const put = (revision: number) => watchFrameEvents([{ kind: "put", kv: { ...kv, modRevision: revision } }], revision);
const revisions = (found: readonly Line[]) =>
  found.filter(({ result }) => result?.events !== undefined).map(({ result }) => result?.header?.revision);

test("a watch of the gateway tells what was and what is", async () => {
  const send = appSend();
  const ns = freshNamespace();
  const write = (value: string) => send(`/v1/${ns}/kv/k`, { method: "PUT", body: value });
  await write("one");
  const found = lines(send, ns, create({ start_revision: 1 }), (all) => revisions(all).length === 2);
  await write("two");
  const values = (await found).flatMap(
    ({ result }) => result?.events?.map((event) => atob(event.kv?.value ?? "")) ?? [],
  );
  expect(values).toEqual(["one", "two"]);
});

test("a watch whose learner is lost goes on with another one after what it told", async () => {
  const learner = new ScriptedLearner(
    { frames: [watchFrameCreated(4, 5), put(5)], end: "closes" },
    { frames: [watchFrameCreated(9, 6), put(7)], end: "drops" },
    { frames: [watchFrameCreated(9, 8), put(8)], end: "stays" },
  );
  const found = await lines(learner.send, "t", create(), (all) => revisions(all).length === 3);
  expect(revisions(found)).toEqual(["5", "7", "8"]);
  expect(learner.from).toEqual([undefined, 6, 8]);
  expect(found.filter(({ result }) => result?.created)).toHaveLength(1);
});

test("a watch that compaction overtook while it had no learner is cancelled with the compacted revision", async () => {
  const learner = new ScriptedLearner(
    { frames: [watchFrameCreated(4, 5), put(5)], end: "closes" },
    { frames: [watchFrameCancelled(20, "compacted", 12)], end: "closes" },
  );
  const found = await lines(learner.send, "t", create(), (all) => all.at(-1)?.result?.canceled === true);
  expect(found.at(-1)?.result).toMatchObject({ canceled: true, compact_revision: "12" });
});

describe("a revision that comes in parts", () => {
  const event = (value: number) =>
    ({ kind: "put", kv: { ...kv, value: Uint8Array.of(value), modRevision: 5 } }) as const;
  const frames = [
    watchFrameCreated(4, 5),
    watchFrameEvents([event(97), event(98)], 5, true),
    watchFrameEvents([event(99)], 5, true),
    watchFrameEvents([], 5),
    put(6),
  ];
  const values = ({ result }: Line) => result?.events?.map((one) => atob(one.kv?.value ?? "")).join("");

  test("is one line, as etcd sends it", async () => {
    const learner = new ScriptedLearner({ frames, end: "stays" });
    const found = await lines(learner.send, "t", create(), (all) => revisions(all).length === 2);
    expect(found.slice(1).map((line) => [line.result?.header?.revision, values(line)])).toEqual([
      ["5", "abc"],
      ["6", "b"],
    ]);
  });

  test("is as many fragments, where the client asks for them", async () => {
    const learner = new ScriptedLearner({ frames: frames.with(3, watchFrameEvents([event(100)], 5)), end: "stays" });
    const asked = create({ fragment: true });
    const found = await lines(learner.send, "t", asked, (all) => revisions(all).length === 4);
    expect(found.slice(1).map((line) => [line.result?.fragment, values(line)])).toEqual([
      [true, "ab"],
      [true, "c"],
      [undefined, "d"],
      [undefined, "b"],
    ]);
  });

  test("is not begun anew with another learner: the stream ends", async () => {
    const learner = new ScriptedLearner({ frames: frames.slice(0, 2), end: "closes" });
    const asked = create({ fragment: true });
    const found = await lines(learner.send, "t", asked, (all) => all.at(-1)?.error !== undefined);
    expect([learner.from.length, found.at(-1)?.error?.message]).toEqual([1, "etcdserver: no leader"]);
  });
});

describe("a learner without a quorum", () => {
  const frames = [watchFrameCreated(4, 5), watchFrameStale(4, 6_000), put(5)];

  test("ends the watches of a client that requires a leader, as etcd does", async () => {
    const headers = { "grpc-metadata-hasleader": "true" };
    const learner = new ScriptedLearner({ frames, end: "stays" });
    const found = await lines(learner.send, "t", create(), (all) => all.at(-1)?.error !== undefined, headers);
    expect(found.at(-1)?.error).toMatchObject({ message: "etcdserver: no leader", grpc_code: 14, http_code: 503 });
  });

  test("serves the others", async () => {
    const learner = new ScriptedLearner({ frames, end: "stays" });
    const found = await lines(learner.send, "t", create(), (all) => revisions(all).length === 1);
    expect(revisions(found)).toEqual(["5"]);
  });
});

test("no notice names a revision that does not exist yet", async () => {
  const learner = new ScriptedLearner({ frames: [watchFrameCreated(4, 100)], end: "stays" });
  const body = `${create({ start_revision: 100 })}{"progress_request":{}}`;
  const found = await lines(learner.send, "t", body, (all) => all.length === 2);
  expect(found.at(-1)?.result?.header?.revision).toBe("4");
});
