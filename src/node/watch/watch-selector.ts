import { byteString, bytesCompare } from "../../api/bytes.ts";
import type { WatchEvent } from "../../api/key-value.ts";
import type { WatchQuery } from "../../api/watch-query.ts";
import { isSystemKey } from "../../state/system-space.ts";
import { isReleaseEvent } from "./release-news.ts";

/** The part of a watch that decides what its frames are. Equal selectors at equal cursors get equal frames. */
export function watchSelector({ key, end, prevKv, noPut, noDelete, resync, releases }: WatchQuery): string {
  const flags = { p: prevKv, u: noPut, d: noDelete, r: resync, o: releases };
  const set = Object.entries(flags).flatMap(([letter, isSet]) => (isSet === true ? [letter] : []));
  const range = `${byteString(key)}${end === undefined ? "" : `:${key.length}:${byteString(end)}`}`;
  return `${set.join("")}:${range}`;
}

/** Whether the watch asked for this event. */
export function watchWants({ key, end, noPut, noDelete, releases }: WatchQuery, event: WatchEvent): boolean {
  if (releases === true && isReleaseEvent(event)) return true;
  if (event.kind === "put" ? noPut === true : noDelete === true) return false;
  if (isSystemKey(event.kv.key) !== isSystemKey(key)) return false;
  const order = bytesCompare(event.kv.key, key);
  if (end === undefined) return order === 0;
  const unbounded = end.length === 1 && end[0] === 0;
  return order >= 0 && (unbounded || bytesCompare(event.kv.key, end) < 0);
}
