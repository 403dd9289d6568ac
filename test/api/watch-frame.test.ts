import { describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import type { KeyValue, WatchEvent } from "../../src/api/key-value.ts";
import { keyFromJson, valueFromJson } from "../../src/api/readable.ts";
import {
  WATCH_PONG,
  watchFrameCancelled,
  watchFrameCreated,
  watchFrameEvents,
  watchFrameHead,
  watchFrameParse,
  watchFrameProgress,
} from "../../src/api/watch-frame.ts";

const KV: KeyValue = {
  key: utf8Encode("greeting"),
  value: utf8Encode("hällo"),
  contentType: "text/plain",
  createRevision: 2,
  modRevision: 7,
  version: 3,
  lease: "0",
};
const EVENTS: readonly WatchEvent[] = [
  { kind: "put", kv: KV },
  { kind: "put", kv: { ...KV, key: Uint8Array.of(0xff), value: Uint8Array.of(0xfe, 0), lease: "42" } },
  { kind: "delete", kv: KV, prev: KV },
];

test("frames are what a person can read", () => {
  expect(watchFrameCreated(7, 3)).toBe('{"type":"created","revision":7,"from":3}');
  expect(watchFrameProgress(9)).toBe('{"type":"progress","revision":9}');
  expect(watchFrameCancelled(9, "compacted", 5)).toBe(
    '{"type":"cancelled","revision":9,"code":"compacted","compact_revision":5}',
  );
  expect(watchFrameEvents(EVENTS.slice(0, 1), 7)).toBe(
    '{"type":"events","revision":7,"events":[{"type":"put","key":"greeting","value":"hällo",' +
      '"content_type":"text/plain","create_revision":2,"mod_revision":7,"version":3}]}',
  );
});

test("bytes that are no UTF-8 are in base64 and say so; everything comes back", () => {
  const frame = watchFrameParse(watchFrameEvents(EVENTS, 7));
  if (frame?.type !== "events") throw new Error("not events");
  const [, binary, deleted] = frame.events;
  if (binary?.type !== "put") throw new Error("not a put");
  expect(binary).toMatchObject({ key_encoding: "base64", value_encoding: "base64", lease: "42" });
  expect(keyFromJson(binary)).toEqual(Uint8Array.of(0xff));
  expect(valueFromJson(binary)).toEqual(Uint8Array.of(0xfe, 0));
  expect(deleted).toEqual({
    type: "delete",
    key: "greeting",
    mod_revision: 7,
    prev: frame.events[0]?.type === "put" ? expect.objectContaining({ version: 3 }) : undefined,
  });
});

test("a byte order mark is part of the value", () => {
  const value = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
  const frame = watchFrameParse(watchFrameEvents([{ kind: "put", kv: { ...KV, value } }], 7));
  if (frame?.type !== "events" || frame.events[0]?.type !== "put") throw new Error("not a put");
  expect(valueFromJson(frame.events[0])).toEqual(value);
});

describe("watchFrameHead", () => {
  test.each([
    [watchFrameCreated(7, 3), { type: "created", revision: 7 }],
    [watchFrameEvents(EVENTS, 12), { type: "events", revision: 12 }],
    [watchFrameProgress(9), { type: "progress", revision: 9 }],
    [watchFrameCancelled(9, "too-slow"), { type: "cancelled", revision: 9 }],
  ] as const)("reads %s", (frame, head) => {
    expect(watchFrameHead(frame)).toMatchObject(head);
    expect(watchFrameParse(frame)).toMatchObject(head);
  });

  test.each([WATCH_PONG, "", "{}", '{"type":"other","revision":1}', '{"revision":1,"type":"events"}'])(
    "takes %j for no frame",
    (text) => {
      expect(watchFrameHead(text)).toBeUndefined();
      expect(watchFrameParse(text)).toBeUndefined();
    },
  );
});
