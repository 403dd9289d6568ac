import { z } from "zod";
import type { Revision, WatchEvent } from "./key-value.ts";
import { DeletedKeyJson, deletedKeyToJson, KeyValueJson, keyValueToJson } from "./readable.ts";
import { Release } from "./release.ts";

/**
 * What a learner sends on a watch: one JSON text per WebSocket message, or per event of an event stream. `type` and
 * `revision` always come first, then `more`, `watch` and `ack`, where they are (`watchFrameHead`).
 */

/**
 * A watcher may send the first, to see that the connection lives; the learner's runtime answers with the second, without
 * waking the object.
 */
export const WATCH_PING = "ping";
export const WATCH_PONG = "pong";

const revision = z.int().nonnegative();

/** The watch that a frame belongs to, on a socket with several: the `id` of its `create`. */
const watch = z.int().positive().optional();

/** On a WebSocket: the learner wants to hear that this frame was taken; answer with `{"type":"ack","ack":…}`. */
const ack = z.string().optional().meta({ description: "Say it back in an ack, once this frame is taken" });

/** What is told at this revision is not whole yet: more frames of it follow. The cursor moves with the last one. */
const more = z.literal(true).optional().meta({ description: "More frames of the same revision follow" });

/** Milliseconds since the start of the last quorum read that showed the learner to have missed nothing. */
const lag = z.int().nonnegative().optional();

/** The watch stands; everything from revision `from` on will be told. `revision` is the learner's now. */
export const WatchCreated = z
  .object({ type: z.literal("created"), revision, watch, ack, from: revision })
  .meta({ id: "WatchCreated" });

const prev = KeyValueJson.optional().meta({ description: "The key as it was before, when asked for" });
export const WatchPut = z.object({ type: z.literal("put"), ...KeyValueJson.shape, prev }).meta({ id: "WatchPut" });
export const WatchDelete = z
  .object({ type: z.literal("delete"), ...DeletedKeyJson.shape, prev })
  .meta({ id: "WatchDelete" });

/** A release as a revision left it. */
export const ReleaseNews = z
  .object({ mod_revision: revision.meta({ description: "The release's step" }), release: Release })
  .meta({ id: "ReleaseNews" });
export type ReleaseNews = z.infer<typeof ReleaseNews>;

/**
 * All changes of one or several whole revisions; `revision` is the last of them. A revision that is larger than a frame
 * comes in several, all but the last with `more`; the last may have no events.
 */
export const WatchEvents = z
  .object({
    type: z.literal("events"),
    revision,
    more,
    watch,
    ack,
    events: z.array(z.discriminatedUnion("type", [WatchPut, WatchDelete])),
    releases: z
      .array(ReleaseNews)
      .optional()
      .meta({ description: "Of a watch with `releases`: those that changed in these revisions, in order" }),
  })
  .meta({ id: "WatchEvents" });

/** Every change up to `revision` has been told, and the learner knew `lag_ms` ago that there were no others. */
export const WatchProgress = z
  .object({ type: z.literal("progress"), revision, watch, ack, lag_ms: lag })
  .meta({ id: "WatchProgress" });

/** In place of progress: the learner may have missed changes after `revision`; it cannot reach a quorum. */
export const WatchStale = z
  .object({ type: z.literal("stale"), revision, watch, ack, lag_ms: lag })
  .meta({ id: "WatchStale" });

/**
 * Of a watch with `resync` that compaction overtook: what was told before is void. All keys as they are at `revision`
 * follow, as puts in `events` frames of that revision; with no `more` there are none.
 */
export const WatchReset = z
  .object({ type: z.literal("reset"), revision, more, watch, ack, compact_revision: revision })
  .meta({ id: "WatchReset" });

/**
 * Why a watch ends. `compacted`: what comes next is compacted away. `requested`: its `cancel` came. `too-many`: the socket
 * has as many as it can. `too-slow`: the reader acknowledged too little for too long; go on from the last revision.
 */
export const WATCH_CANCEL_CODES = ["compacted", "requested", "too-many", "too-slow", "forbidden"] as const;
export type WatchCancelCode = (typeof WATCH_CANCEL_CODES)[number];

/** Nothing more comes. `compacted`: the watch may start again at `compact_revision`, with a gap. */
export const WatchCancelled = z
  .object({
    type: z.literal("cancelled"),
    revision,
    watch,
    ack,
    code: z.enum(WATCH_CANCEL_CODES),
    compact_revision: revision.optional(),
  })
  .meta({ id: "WatchCancelled" });

export const WatchFrame = z
  .discriminatedUnion("type", [WatchCreated, WatchEvents, WatchProgress, WatchStale, WatchReset, WatchCancelled])
  .meta({ id: "WatchFrame" });
export type WatchFrame = z.infer<typeof WatchFrame>;
export type WatchFrameType = WatchFrame["type"];

function frame(value: WatchFrame): string {
  return JSON.stringify(value);
}

export function watchFrameCreated(now: Revision, from: Revision): string {
  return frame({ type: "created", revision: now, from });
}

/** `events` in order, of revisions up to `last`; with `more`, part of those of `last` alone. */
export function watchFrameEvents(
  events: readonly WatchEvent[],
  last: Revision,
  isPart = false,
  releases: readonly ReleaseNews[] = [],
): string {
  const news = releases.length === 0 ? {} : { releases: [...releases] };
  return frame({ type: "events", revision: last, ...moreIf(isPart), events: events.map(eventToJson), ...news });
}

export function watchFrameProgress(upTo: Revision, lagMs?: number): string {
  return frame({ type: "progress", revision: upTo, ...lagField(lagMs) });
}

export function watchFrameStale(upTo: Revision, lagMs?: number): string {
  return frame({ type: "stale", revision: upTo, ...lagField(lagMs) });
}

/** `hasKeys`: frames with the keys follow. */
export function watchFrameReset(at: Revision, compactRevision: Revision, hasKeys: boolean): string {
  return frame({ type: "reset", revision: at, ...moreIf(hasKeys), compact_revision: compactRevision });
}

function moreIf(isPart: boolean): { readonly more?: true } {
  return isPart ? { more: true } : {};
}

function lagField(lagMs: number | undefined): { readonly lag_ms?: number } {
  return lagMs === undefined ? {} : { lag_ms: Math.ceil(lagMs) };
}

export function watchFrameCancelled(now: Revision, code: WatchCancelCode, compactRevision?: Revision): string {
  const more = compactRevision === undefined ? {} : { compact_revision: compactRevision };
  return frame({ type: "cancelled", revision: now, code, ...more });
}

const HEAD = /^\{"type":"(created|events|progress|stale|reset|cancelled|telemetry)","revision":(\d+)(,"more":true)?/;
/** Longer is no address of a frame. */
const ADDRESS_CHARS_MAX = 256;
const ADDRESS = /^(?:,"watch":\d+)?(?:,"ack":"([^"]*)")?/;

/** A frame as one socket gets it: with the watch it belongs to, and what to acknowledge it by. */
export function watchFrameFor(text: string, watchId: number | undefined, token?: string): string {
  if (watchId === undefined && token === undefined) return text;
  const head = HEAD.exec(text)?.[0] ?? "";
  const address = `${watchId === undefined ? "" : `,"watch":${watchId}`}${token === undefined ? "" : `,"ack":"${token}"`}`;
  return `${head}${address}${text.slice(head.length)}`;
}

/** A frame without what to acknowledge it by, for those who can not. */
export function watchFrameBare(text: string): string {
  const { 0: head = "" } = HEAD.exec(text) ?? [];
  const { 0: address = "", 1: token } = ADDRESS.exec(text.slice(head.length)) ?? [];
  if (token === undefined) return text;
  return `${head}${address.slice(0, address.indexOf(',"ack":'))}${text.slice(head.length + address.length)}`;
}

function eventToJson(event: WatchEvent): z.infer<typeof WatchPut> | z.infer<typeof WatchDelete> {
  const before = event.prev === undefined ? {} : { prev: keyValueToJson(event.prev) };
  if (event.kind === "put") return { type: "put", ...keyValueToJson(event.kv), ...before };
  return { type: "delete", ...deletedKeyToJson(event.kv), ...before };
}

/** The whole frame, checked; undefined for anything else, a pong included. */
export function watchFrameParse(text: string): WatchFrame | undefined {
  try {
    return WatchFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a frame begins with. */
export interface WatchFrameHead {
  readonly type: WatchFrameType | "telemetry";
  readonly revision: Revision;
  /** More frames of this revision follow. */
  readonly more: boolean;
  /** What to say back once the frame was taken. */
  readonly ack?: string | undefined;
}

/** A frame's beginning, without parsing values of up to a megabyte; undefined when it is no frame. */
export function watchFrameHead(text: string): WatchFrameHead | undefined {
  const match = HEAD.exec(text);
  if (match === null) return undefined;
  const [head, type, revisionText, isPart] = match;
  const rest = text.slice(head.length, head.length + ADDRESS_CHARS_MAX);
  if (!/^[,}]/.test(rest)) return undefined;
  const token = ADDRESS.exec(rest)?.[1];
  const base = { type: type as WatchFrameHead["type"], revision: Number(revisionText), more: isPart !== undefined };
  return token === undefined ? base : { ...base, ack: token };
}
