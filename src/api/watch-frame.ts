import { z } from "zod";
import type { Revision, WatchEvent } from "./key-value.ts";
import { DeletedKeyJson, KeyValueJson, keyToJson, keyValueToJson } from "./readable.ts";

/**
 * What a learner sends on a watch: one JSON text per WebSocket message, or per event of an event stream. The events
 * of one revision are never split over two frames. `type` and `revision` always come first (`watchFrameHead`).
 */

/** A watcher may send the first; the learner's runtime answers with the second, without waking the object. */
export const WATCH_PING = "ping";
export const WATCH_PONG = "pong";

const revision = z.int().nonnegative();

/** The watch that a frame belongs to, on a socket with several: the `id` of its `create`. */
const watch = z.int().positive().optional();

/** The watch stands; everything from revision `from` on will be told. `revision` is the learner's now. */
export const WatchCreated = z
  .object({ type: z.literal("created"), revision, watch, from: revision })
  .meta({ id: "WatchCreated" });

const prev = KeyValueJson.optional().meta({ description: "The key as it was before, when asked for" });
export const WatchPut = z.object({ type: z.literal("put"), ...KeyValueJson.shape, prev }).meta({ id: "WatchPut" });
export const WatchDelete = z
  .object({ type: z.literal("delete"), ...DeletedKeyJson.shape, prev })
  .meta({ id: "WatchDelete" });

/** All changes of one or several whole revisions; `revision` is the last of them. */
export const WatchEvents = z
  .object({
    type: z.literal("events"),
    revision,
    watch,
    events: z.array(z.discriminatedUnion("type", [WatchPut, WatchDelete])).min(1),
  })
  .meta({ id: "WatchEvents" });

/** Every change up to `revision` has been told. */
export const WatchProgress = z.object({ type: z.literal("progress"), revision, watch }).meta({ id: "WatchProgress" });

/**
 * Why a watch ends. `requested`: its `cancel` came. `too-many`: the socket has as many as it can. `too-slow`: the reader
 * was too far behind; go on from the last revision. `too-large`: a revision with its previous values does not fit a
 * frame; go on without `prev_kv`.
 */
export const WATCH_CANCEL_CODES = [
  "compacted",
  "requested",
  "too-many",
  "too-slow",
  "too-large",
  "invalid-request",
] as const;
export type WatchCancelCode = (typeof WATCH_CANCEL_CODES)[number];

/** Nothing more comes. `compacted`: the watch may start again at `compact_revision`, with a gap. */
export const WatchCancelled = z
  .object({
    type: z.literal("cancelled"),
    revision,
    watch,
    code: z.enum(WATCH_CANCEL_CODES),
    compact_revision: revision.optional(),
  })
  .meta({ id: "WatchCancelled" });

export const WatchFrame = z
  .discriminatedUnion("type", [WatchCreated, WatchEvents, WatchProgress, WatchCancelled])
  .meta({ id: "WatchFrame" });
export type WatchFrame = z.infer<typeof WatchFrame>;
export type WatchFrameType = WatchFrame["type"];

function frame(value: WatchFrame): string {
  return JSON.stringify(value);
}

export function watchFrameCreated(now: Revision, from: Revision): string {
  return frame({ type: "created", revision: now, from });
}

/** `events`: all those of one or several whole revisions, in order; `last`: the last of these revisions. */
export function watchFrameEvents(events: readonly WatchEvent[], last: Revision): string {
  return frame({ type: "events", revision: last, events: events.map(eventToJson) });
}

export function watchFrameProgress(upTo: Revision): string {
  return frame({ type: "progress", revision: upTo });
}

export function watchFrameCancelled(now: Revision, code: WatchCancelCode, compactRevision?: Revision): string {
  const more = compactRevision === undefined ? {} : { compact_revision: compactRevision };
  return frame({ type: "cancelled", revision: now, code, ...more });
}

/** A frame as one of several watches on a socket gets it: `watch` comes third. */
export function watchFrameFor(frameText: string, id: number | undefined): string {
  if (id === undefined) return frameText;
  const head = /^\{"type":"[a-z]+","revision":\d+/.exec(frameText)?.[0] ?? "";
  return `${head},"watch":${id}${frameText.slice(head.length)}`;
}

function eventToJson(event: WatchEvent): z.infer<typeof WatchPut> | z.infer<typeof WatchDelete> {
  const before = event.prev === undefined ? {} : { prev: keyValueToJson(event.prev) };
  if (event.kind === "put") return { type: "put", ...keyValueToJson(event.kv), ...before };
  return { type: "delete", ...keyToJson(event.kv.key), mod_revision: event.kv.modRevision, ...before };
}

/** The whole frame, checked; undefined for anything else, a pong included. */
export function watchFrameParse(text: string): WatchFrame | undefined {
  try {
    return WatchFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Type and revision without parsing values of up to a megabyte; undefined when it is no frame. */
export function watchFrameHead(
  text: string,
): { readonly type: WatchFrameType; readonly revision: Revision } | undefined {
  const match = /^\{"type":"(created|events|progress|cancelled)","revision":(\d+)[,}]/.exec(text);
  return match === null ? undefined : { type: match[1] as WatchFrameType, revision: Number(match[2]) };
}
