import { expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { watchControlAck, watchControlParse } from "../../src/api/watch-control.ts";
import { watchFrameCreated, watchFrameFor, watchFrameHead, watchFrameParse } from "../../src/api/watch-frame.ts";

const parse = (message: unknown) => watchControlParse(JSON.stringify(message));

test("a watch of a key, of a prefix, of an interval, of binary keys", () => {
  const range = (message: object) => {
    const read = parse({ type: "create", id: 1, ...message });
    return read.kind === "create" ? [read.request.key, read.request.end] : read;
  };
  expect(range({ key: "ä" })).toEqual([utf8Encode("ä"), undefined]);
  expect(range({ prefix: "a" })).toEqual([utf8Encode("a"), utf8Encode("b")]);
  expect(range({ prefix: "" })).toEqual([Uint8Array.of(0), Uint8Array.of(0)]);
  expect(range({ key: "a", end: "\u0000" })).toEqual([utf8Encode("a"), Uint8Array.of(0)]);
  expect(range({ key: "/w==", key_encoding: "base64" })).toEqual([Uint8Array.of(255), undefined]);
});

test("all that can be asked for", () => {
  expect(parse({ type: "create", id: 3, key: "a", from: 7, prev_kv: true, filter: "noput", progress: true })).toEqual({
    kind: "create",
    id: 3,
    request: { key: utf8Encode("a"), from: 7, prevKv: true, noPut: true, noDelete: false, progress: true },
  });
  expect(parse({ type: "cancel", id: 3 })).toEqual({ kind: "cancel", id: 3 });
  expect(watchControlParse(watchControlAck("k3"))).toEqual({ kind: "ack", token: "k3" });
});

test.each([
  [{ type: "create", id: 0, key: "a" }],
  [{ type: "create", id: 1.5, key: "a" }],
  [{ type: "create", id: 1, key: "a", from: 0 }],
  [{ type: "create", id: 1, key: "!", key_encoding: "base64" }],
  [{ type: "create", id: 1, end: "a" }],
  [{ type: "cancel" }],
  [{ type: "ack", frames: 1 }],
  [{ type: "ack", ack: "" }],
  [{ type: "ack", ack: "k3", revision: 2 }],
  [[]],
  [null],
])("%j is none of them", (message) => {
  expect(parse(message).kind).toBe("fault");
});

test("a frame names its watch after its revision, and is read all the same", () => {
  const frame = watchFrameFor(watchFrameCreated(7, 3), 12);
  expect(frame).toBe('{"type":"created","revision":7,"watch":12,"from":3}');
  expect(watchFrameHead(frame)).toEqual({ type: "created", revision: 7, more: false });
  expect(watchFrameParse(frame)).toEqual({ type: "created", revision: 7, watch: 12, from: 3 });
  expect(watchFrameFor(watchFrameCreated(7, 3), undefined)).toBe(watchFrameCreated(7, 3));
});
