import type { WatchFrame } from "../api/watch-frame.ts";
import { type Entry, entryFrom, keyFrom, type NamedKey } from "./entry.ts";
import type { As } from "./value.ts";

/** One change of one key. */
export type WatchEvent<T = unknown> =
  | ({ readonly type: "put"; readonly prev?: Entry<T> } & Entry<T>)
  | ({ readonly type: "delete"; readonly revision: number; readonly prev?: Entry<T> } & NamedKey);

/** What a watch tells: all changes of one revision, never split; that there were none; or that it begins anew. */
export type Batch<T = unknown> =
  | { readonly kind: "events"; readonly revision: number; readonly events: readonly WatchEvent<T>[] }
  | { readonly kind: "progress"; readonly revision: number }
  /**
   * What came between is compacted away: `entries` is all there is at `revision`, and what changes after it follows.
   * Everything below `compacted` is gone.
   */
  | {
      readonly kind: "reset";
      readonly revision: number;
      readonly compacted: number;
      readonly entries: AsyncIterable<Entry<T>>;
    };

type EventsFrame = Extract<WatchFrame, { readonly type: "events" }>;
type EventJson = EventsFrame["events"][number];

/** The events of a frame by revision: a frame holds one or several whole ones. */
export async function eventBatches<T>(events: readonly EventJson[], as?: As<T>): Promise<Batch<T>[]> {
  const batches: { kind: "events"; revision: number; events: WatchEvent<T>[] }[] = [];
  for (const json of events) {
    const last = batches.at(-1);
    const event = await eventFrom(json, as);
    if (last?.revision === event.revision) last.events.push(event);
    else batches.push({ kind: "events", revision: event.revision, events: [event] });
  }
  return batches;
}

async function eventFrom<T>(json: EventJson, as?: As<T>): Promise<WatchEvent<T>> {
  const prev = json.prev === undefined ? {} : { prev: await entryFrom(json.prev, as) };
  if (json.type === "put") return { type: "put", ...(await entryFrom(json, as)), ...prev };
  return { type: "delete", ...keyFrom(json), revision: json.mod_revision, ...prev };
}
