import type { ReleaseNews, WatchFrame } from "../api/watch-frame.ts";
import { type Entry, entryFrom, keyFrom, type NamedKey } from "./entry.ts";
import type { As } from "./value.ts";

/** One change of one key. */
export type WatchEvent<T = unknown> =
  | ({ readonly type: "put"; readonly prev?: Entry<T> } & Entry<T>)
  | ({ readonly type: "delete"; readonly revision: number; readonly prev?: Entry<T> } & NamedKey);

/** What a watch tells: all changes of one revision, never split; that there were none; or that it begins anew. */
export type Batch<T = unknown> =
  | {
      readonly kind: "events";
      readonly revision: number;
      readonly events: readonly WatchEvent<T>[];
      /** Of a watch with `releases`: those that changed. `mod_revision` is a release's step. */
      readonly releases?: readonly ReleaseNews[];
    }
  /** `lagMs`: how long ago the service knew that there was nothing more. */
  | { readonly kind: "progress"; readonly revision: number; readonly lagMs?: number | undefined }
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

/** The changes of a frame by revision: a frame holds one or several whole ones. */
export async function eventBatches<T>(
  events: readonly EventJson[],
  as?: As<T>,
  releases: readonly ReleaseNews[] = [],
): Promise<Batch<T>[]> {
  const batches = new Map<number, { events: WatchEvent<T>[]; releases: ReleaseNews[] }>();
  const at = (revision: number) => {
    const batch = batches.get(revision) ?? { events: [], releases: [] };
    batches.set(revision, batch);
    return batch;
  };
  for (const json of events) at(json.mod_revision).events.push(await eventFrom(json, as));
  for (const news of releases) at(news.mod_revision).releases.push(news);
  return [...batches]
    .toSorted(([a], [b]) => a - b)
    .map(([revision, { releases: news, ...batch }]) => ({
      kind: "events",
      revision,
      ...batch,
      ...(news.length === 0 ? {} : { releases: news }),
    }));
}

async function eventFrom<T>(json: EventJson, as?: As<T>): Promise<WatchEvent<T>> {
  const prev = json.prev === undefined ? {} : { prev: await entryFrom(json.prev, as) };
  if (json.type === "put") return { type: "put", ...(await entryFrom(json, as)), ...prev };
  return { type: "delete", ...keyFrom(json), revision: json.mod_revision, ...prev };
}
