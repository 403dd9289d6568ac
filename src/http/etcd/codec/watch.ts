import type { KeyJson, KeyValueJson } from "../../../api/readable.ts";
import { keyFromJson, valueFromJson } from "../../../api/readable.ts";
import type { WatchFrame } from "../../../api/watch-frame.ts";
import { type Answerer, flag, headerJson, integer, keyValueJson } from "./answer.ts";

/** What a watch stream says (WatchResponse), one JSON text a line. */

type Json = Readonly<Record<string, unknown>>;
type WatchEvent = Extract<WatchFrame, { type: "events" }>["events"][number];

const EMPTY = new Uint8Array();

export function resultLine(message: Json): string {
  return `${JSON.stringify({ result: message })}\n`;
}

/** How grpc-gateway ends a stream that has begun. */
export function errorLine(grpcCode: number, httpCode: number, httpStatus: string, message: string): string {
  const error = { grpc_code: grpcCode, http_code: httpCode, message, http_status: httpStatus };
  return `${JSON.stringify({ error })}\n`;
}

/** @param id the watch's, a 64-bit number in decimal. */
export function watchCreatedJson(who: Answerer, revision: number, id: string): Json {
  return { header: headerJson(who, revision), ...integer("watch_id", id), ...flag("created", true) };
}

export function watchRefusedJson(who: Answerer, revision: number | undefined, reason: string): Json {
  return { header: headerJson(who, revision), watch_id: "-1", created: true, canceled: true, cancel_reason: reason };
}

export function watchCancelledJson(
  who: Answerer,
  revision: number | undefined,
  id: string,
  more: { readonly compactRevision?: number; readonly reason?: string } = {},
): Json {
  return {
    header: headerJson(who, revision),
    ...integer("watch_id", id),
    ...flag("canceled", true),
    ...integer("compact_revision", more.compactRevision),
    ...(more.reason === undefined ? {} : { cancel_reason: more.reason }),
  };
}

/** Without events it is a progress notice. */
export function watchEventsJson(who: Answerer, revision: number, id: string, events: readonly WatchEvent[]): Json {
  return {
    header: headerJson(who, revision),
    ...integer("watch_id", id),
    ...(events.length === 0 ? {} : { events: events.map(eventJson) }),
  };
}

/** A part of a revision that is larger than a message, for those who asked for fragments. */
export function watchFragmentJson(who: Answerer, revision: number, id: string, events: readonly WatchEvent[]): Json {
  const { header, watch_id: watchId } = watchEventsJson(who, revision, id, []);
  const head = { header, ...(watchId === undefined ? {} : { watch_id: watchId }), ...flag("fragment", true) };
  return { ...head, events: events.map(eventJson) };
}

const LINE_END = "]}}\n";

/** One line of events in parts: the first begins it, the last ends it. */
export function watchEventsPart(
  line: { readonly who: Answerer; readonly revision: number; readonly id: string },
  events: readonly WatchEvent[],
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): string {
  const { events: _, ...head } = watchEventsJson(line.who, line.revision, line.id, []);
  const begin = isFirst ? resultLine({ ...head, events: [] }).slice(0, -LINE_END.length) : "";
  const inner = JSON.stringify(events.map(eventJson)).slice(1, -1);
  return `${begin}${!isFirst && inner !== "" ? "," : ""}${inner}${isLast ? LINE_END : ""}`;
}

/** As in etcd, what created a key has no previous one, not even where the same transaction deleted it before. */
function eventJson(event: WatchEvent): Json {
  const created = event.type === "put" && event.create_revision === event.mod_revision;
  const prev = event.prev === undefined || created ? {} : { prev_kv: keyValueOf(event.prev) };
  if (event.type === "put") return { kv: keyValueOf(event), ...prev };
  return { type: "DELETE", kv: keyValueOf({ create_revision: 0, version: 0, value: "", ...event }), ...prev };
}

function keyValueOf(json: KeyJson & Pick<KeyValueJson, "value" | "value_encoding">): Json {
  return keyValueJson({
    key: keyFromJson(json) ?? EMPTY,
    value: valueFromJson(json) ?? EMPTY,
    createRevision: json.create_revision,
    modRevision: json.mod_revision,
    version: json.version,
    lease: json.lease ?? "0",
  });
}
