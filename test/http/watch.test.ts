import { describe, expect, test } from "vitest";
import {
  watchFrameCancelled,
  watchFrameCreated,
  watchFrameEvents,
  watchFrameFor,
  watchFrameReset,
  watchFrameStale,
} from "../../src/api/watch-frame.ts";
import type { Coordinator } from "../../src/node/coordinate/coordinator.ts";
import { appSend, freshNamespace, problemOf } from "./app.ts";
import { type Script, ScriptedLearner } from "./scripted-learner.ts";

const send = appSend();
const SSE = { accept: "text/event-stream" };
const put = (ns: string, key: string, body: string) => send(`/v1/${ns}/kv/${key}`, { method: "PUT", body });

/** Reads an event stream until `enough` of its text has come. */
async function streamUntil(response: Response, enough: (text: string) => boolean): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!enough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return text;
}

/** The ids and the data of the stream's events. */
function events(text: string): readonly (readonly [string | undefined, Record<string, unknown>])[] {
  return text
    .split("\n\n")
    .filter((block) => block.includes("data: "))
    .map((block) => {
      const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "") as Record<string, unknown>;
      return [/^id: (.*)$/m.exec(block)?.[1], data];
    });
}

describe("a WebSocket", () => {
  test("gets what has happened and what happens", async () => {
    const ns = freshNamespace();
    await put(ns, "a", "one");
    const response = await send(`/v1/${ns}/watch?key=a&from=1`, { headers: { upgrade: "websocket" } });
    expect(response.status).toBe(101);
    const socket = response.webSocket;
    if (socket === null) throw new Error("no socket");
    const frames: Record<string, unknown>[] = [];
    const two = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        frames.push(JSON.parse(data as string) as Record<string, unknown>);
        if (JSON.stringify(frames).includes("two")) resolve();
      });
    });
    socket.accept();
    await put(ns, "b", "other");
    await put(ns, "a", "two");
    await two;
    socket.close();
    expect(frames[0]).toMatchObject({ type: "created", from: 1 });
    const told = frames
      .filter(({ type }) => type === "events")
      .flatMap((frame) => frame.events as Record<string, unknown>[]);
    expect(told.map(({ key, value, mod_revision: revision }) => [key, value, revision])).toEqual([
      ["a", "one", 2],
      ["a", "two", 4],
    ]);
  });
});

test("a WebSocket that offers subprotocols is answered with the first", async () => {
  const open = async (headers: Record<string, string>) => {
    const response = await send(`/v1/${freshNamespace()}/watch?key=a`, {
      headers: { upgrade: "websocket", ...headers },
    });
    response.webSocket?.accept();
    response.webSocket?.close();
    return [response.status, response.headers.get("sec-websocket-protocol")];
  };
  expect(await open({ "sec-websocket-protocol": "synod.v1, other" })).toEqual([101, "synod.v1"]);
  expect(await open({})).toEqual([101, null]);
});

describe("an event stream", () => {
  test("resumes after the last id, and skips and repeats nothing", async () => {
    const ns = freshNamespace();
    for (const value of ["one", "two", "three"]) await put(ns, "a", value);
    const first = await send(`/v1/${ns}/watch?prefix=&from=2`, { headers: SSE });
    expect(first.headers.get("content-type")).toBe("text/event-stream");
    expect(first.headers.get("synod-revision")).toBe("4");
    const [created, ...rest] = events(await streamUntil(first, (text) => text.includes("three")));
    expect(created).toMatchObject(["1", { type: "created", revision: 4, from: 2 }]);
    expect(rest.at(-1)).toMatchObject(["4", { type: "events", revision: 4 }]);

    const headers = { ...SSE, "last-event-id": "3" };
    const second = await send(`/v1/${ns}/watch?prefix=&from=2`, { headers });
    const again = events(await streamUntil(second, (text) => text.includes("three")));
    expect(JSON.stringify(again)).not.toContain("two");
    expect(again[0]).toMatchObject(["3", { type: "created", from: 4 }]);
  });

  test.each(["", "x", "7f3a-9", "99999999999999999999"])(
    "goes by `from`, or begins now, after the foreign id %j",
    async (id) => {
      const ns = freshNamespace();
      await put(ns, "a", "one");
      for (const [query, from] of [
        ["", 3],
        ["&from=2", 2],
      ] as const) {
        const headers = { ...SSE, "last-event-id": id };
        for (const response of [
          await send(`/v1/${ns}/watch?prefix=${query}`, { headers }),
          await send(`/v1/${ns}/watch?prefix=${query}&lastEventId=${id}`, { headers: SSE }),
        ]) {
          const [created] = events(await streamUntil(response, (text) => text.includes("data")));
          expect(created?.[1]).toMatchObject({ type: "created", from });
        }
      }
    },
  );

  test("takes the last id from its URL too; the header comes first", async () => {
    const ns = freshNamespace();
    for (const value of ["one", "two", "three"]) await put(ns, "a", value);
    const from = async (headers: Record<string, string>) => {
      const response = await send(`/v1/${ns}/watch?prefix=&lastEventId=2`, { headers: { ...SSE, ...headers } });
      return events(await streamUntil(response, (text) => text.includes("data")))[0]?.[1].from;
    };
    expect([await from({}), await from({ "last-event-id": "3" })]).toEqual([3, 4]);
  });

  test("that ends before its first event can be resumed too", async () => {
    const ns = freshNamespace();
    await put(ns, "a", "one");
    const [created] = events(
      await streamUntil(await send(`/v1/${ns}/watch?key=a`, { headers: SSE }), (text) => text.includes("data")),
    );
    expect(created).toMatchObject(["2", { type: "created", revision: 2, from: 3 }]);
  });
});

test("previous values, filters, and both in one", async () => {
  const ns = freshNamespace();
  for (const value of ["one", "two"]) await put(ns, "a", value);
  await send(`/v1/${ns}/kv/a`, { method: "DELETE" });
  const read = async (query: string) => {
    const response = await send(`/v1/${ns}/watch?key=a&from=1&${query}`, { headers: SSE });
    const [, told] = events(await streamUntil(response, (text) => /\nid: \d+\ndata/.test(text)));
    return ((told?.[1].events ?? []) as Record<string, unknown>[]).map(({ type, value, prev }) => [
      type,
      value,
      (prev as { readonly value?: string } | undefined)?.value,
    ]);
  };
  const one = ["put", "one", undefined];
  expect(await read("")).toEqual([one, ["put", "two", undefined], ["delete", undefined, undefined]]);
  expect(await read("prev_kv=true")).toEqual([one, ["put", "two", "one"], ["delete", undefined, "two"]]);
  expect(await read("filter=noput&prev_kv=true")).toEqual([["delete", undefined, "two"]]);
  expect(await read("filter=nodelete")).toEqual([one, ["put", "two", undefined]]);
});

/** An app whose learner says `frames` and then closes, or stays. */
function saying(frames: readonly string[], end: Script["end"]): ScriptedLearner {
  return new ScriptedLearner({ frames, end });
}

describe("between a learner and an event stream", () => {
  const put = {
    key: Uint8Array.of(97),
    value: Uint8Array.of(98),
    createRevision: 5,
    modRevision: 5,
    version: 1,
    lease: "0",
  };
  const frames = [watchFrameCreated(4, 5), watchFrameEvents([{ kind: "put", kv: put }], 5)];

  test("everything the learner said arrives before the end that it makes", async () => {
    const response = await saying(frames, "closes").send("/v1/t/watch?prefix=", { headers: SSE });
    const text = await response.text();
    expect(text).toBe(`retry: 1000\n\nid: 4\nevent: created\ndata: ${frames[0]}\n\nid: 5\ndata: ${frames[1]}\n\n`);
  });

  test("a reader that goes away ends the learner's socket", async () => {
    const { send: sendHere, closed } = saying(frames, "stays");
    const response = await sendHere("/v1/t/watch?prefix=", { headers: SSE });
    await response.body?.cancel();
    await closed;
  });

  test("a compacted start is an HTTP error", async () => {
    const cancelled = watchFrameCancelled(9, "compacted", 6);
    const response = await saying([cancelled], "closes").send("/v1/t/watch?prefix=&from=2", { headers: SSE });
    expect(await problemOf(response, "compacted")).toMatchObject({ revision: 9, compact_revision: 6 });
  });

  test("a learner that closes without a word is no answer", async () => {
    await problemOf(await saying([], "closes").send("/v1/t/watch?prefix=", { headers: SSE }), "no-quorum");
  });

  test("a reader that the learner dropped is told why, and where it was", async () => {
    const response = await saying(frames, "drops").send("/v1/t/watch?prefix=", { headers: SSE });
    const last = 'event: cancelled\ndata: {"type":"cancelled","revision":5,"code":"too-slow"}\n\n';
    expect((await response.text()).endsWith(`data: ${frames[1]}\n\n${last}`)).toBe(true);
  });

  test("what the reader takes is acknowledged where that is asked for, and the reader is not bothered with it", async () => {
    const asking = frames.map((frame, index) => watchFrameFor(frame, undefined, `token-${index}`));
    const { send: sendHere, heard } = saying([...asking, ...frames.slice(1), ...asking.slice(1)], "stays");
    const response = await sendHere("/v1/t/watch?prefix=", { headers: SSE });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).not.toContain("token");
    await expect.poll(() => heard).toEqual(['{"type":"ack","ack":"token-0"}']);
    expect(await next()).toBe(`id: 5\ndata: ${frames[1]}\n\n`);
    await expect.poll(() => heard.at(-1)).toBe('{"type":"ack","ack":"token-1"}');
    for (let more = 0; more < 2; more++) await next();
    await expect.poll(() => heard).toHaveLength(3);
    await reader.cancel();
  });

  test("a part of a revision has no id: the last part has", async () => {
    const parts = [
      watchFrameEvents([{ kind: "put", kv: put }], 5, true),
      watchFrameEvents([{ kind: "put", kv: put }], 5),
    ];
    const reset = watchFrameReset(9, 7, true);
    const stale = watchFrameStale(9, 6_000);
    const told = [watchFrameCreated(4, 5), ...parts, reset, stale];
    const response = await saying(told, "closes").send("/v1/t/watch?prefix=", { headers: SSE });
    const text = await response.text();
    expect(text.split("\n\n").slice(2)).toEqual([
      `data: ${parts[0]}`,
      `id: 5\ndata: ${parts[1]}`,
      `event: reset\ndata: ${reset}`,
      `id: 9\nevent: stale\ndata: ${stale}`,
      "",
    ]);
  });

  test("a watch cancelled on the way says so and ends, without an id", async () => {
    const cancelled = watchFrameCancelled(9, "too-slow");
    const response = await saying([...frames, cancelled], "stays").send("/v1/t/watch?prefix=", { headers: SSE });
    expect((await response.text()).endsWith(`\n\nevent: cancelled\ndata: ${cancelled}\n\n`)).toBe(true);
  });
});

test.each([
  ["", SSE, "invalid-request"],
  ["key=a&prefix=a", SSE, "invalid-request"],
  ["key=", SSE, "invalid-request"],
  ["prefix=&from=0", SSE, "invalid-request"],
  ["prefix=&from=x", SSE, "invalid-request"],
  ["prefix=&to=3", SSE, "invalid-request"],
  ["prefix=&filter=noput,nodelete", SSE, "invalid-request"],
  ["prefix=&prev_kv=1", SSE, "invalid-request"],
  ["progress=true", { upgrade: "websocket" }, "invalid-request"],
  [`key=${"k".repeat(1025)}`, SSE, "too-large"],
  ["prefix=", {}, "upgrade-required"],
  ["prefix=", { accept: "application/json" }, "upgrade-required"],
])("?%s with %j is the problem %s", async (query, headers, code) => {
  const response = await send(`/v1/${freshNamespace()}/watch?${query}`, { headers: headers as Record<string, string> });
  await problemOf(response, code);
});

test("HEAD opens no watch", async () => {
  const response = await send("/v1/t/watch?prefix=", { method: "HEAD", headers: SSE });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, OPTIONS"]);
});

test("no learner to be reached is no-quorum", async () => {
  const permit = async () => ({ kind: "allowed", stamp: 0, actor: "root", role: "root" });
  const nobody = { permit, watch: async () => undefined } as unknown as Coordinator;
  const response = await appSend({ coordinatorFor: () => nobody })("/v1/t/watch?prefix=", { headers: SSE });
  await problemOf(response, "no-quorum");
});
