import type { SegmentMatch, Target } from "../api/cohort.ts";
import { type Overlay, overlaidFor } from "../api/overlay.ts";
import type { Release, StagedChange } from "../api/release.ts";
import { isEnded, isShown } from "../api/release-state.ts";
import type { FlagContext } from "../flags/resolution.ts";
import { type Entry, keyFrom } from "./entry.ts";
import { valueBytesFrom } from "./value.ts";

type Stored = Entry<Uint8Array>;

/** A release that has not ended, with its values of a view's keys as entries; null where a key goes. */
export interface HeldRelease extends Overlay {
  readonly entries: ReadonlyMap<StagedChange, Stored | null>;
}

/** What releases make of a view's keys for one target, by key; null where a key goes. */
export type Overlaid = ReadonlyMap<string, OverlaidEntry>;

export interface OverlaidEntry {
  readonly release: string;
  readonly entry: Stored | null;
}

/** Where segments are decided, once there is one: the engine is larger than the rest of this client. */
let segmentMatch: SegmentMatch | undefined;

/** Makes what a target sees of the release computable. `staged`: its values of the view's keys, which never change. */
export async function releaseHeld(
  { release, step }: Pick<Overlay, "release" | "step">,
  staged: readonly StagedChange[],
): Promise<HeldRelease> {
  if (release.strategy.stages.some(({ segment }) => segment !== undefined)) {
    segmentMatch ??= (await import("../api/segment.ts")).segmentMatch;
  }
  return { release, step, staged, entries: new Map(staged.map((change) => [change, entryOf(release, change)])) };
}

/** A key keeps its revision until the release is completed: its staged value has none of its own. */
function entryOf(release: Release, change: StagedChange): Stored | null {
  const { value, value_encoding, content_type: contentType } = change;
  if (value === undefined) return null;
  const base = release.changes.find(
    ({ key, key_encoding }) => key === change.key && key_encoding === change.key_encoding,
  );
  return {
    ...keyFrom(change),
    value: valueBytesFrom({ value, value_encoding }),
    contentType,
    revision: base?.base_mod_revision ?? 0,
    version: 0,
    createRevision: 0,
    lease: undefined,
    actor: release.author,
    time: undefined,
  };
}

/**
 * The releases of a view that have not ended, at one revision after the other. They change together with the keys, so that
 * nobody sees a completion without its keys, or keys without their completion.
 */
export class Overlays {
  #held: ReadonlyMap<string, HeldRelease> = new Map();

  get all(): readonly HeldRelease[] {
    return [...this.#held.values()];
  }

  /** Those that are shown to some, or parsed by all. */
  get shown(): readonly HeldRelease[] {
    return this.all.filter(({ release }) => isShown(release));
  }

  find(id: string): HeldRelease | undefined {
    return this.#held.get(id);
  }

  replace(held: readonly HeldRelease[]): void {
    this.#held = new Map(held.map((one) => [one.release.id, one]));
  }

  /** One whole revision. What was handed out is left alone. */
  apply(changed: readonly HeldRelease[]): void {
    if (changed.length === 0) return;
    const held = new Map(this.#held);
    for (const one of changed) {
      if (isEnded(one.release)) held.delete(one.release.id);
      else held.set(one.release.id, one);
    }
    this.#held = held;
  }
}

/** What a target sees instead of the keys. */
export function overlaid(held: readonly HeldRelease[], target: Target): Overlaid {
  const found = new Map<string, OverlaidEntry>();
  for (const { overlay, change } of overlaidFor(held, target, matches).values()) {
    const { release, entries } = overlay as HeldRelease;
    found.set(keyFrom(change).key, { release: release.id, entry: entries.get(change) ?? null });
  }
  return found;
}

const matches: SegmentMatch = (segment, data) => segmentMatch?.(segment, data) ?? false;

/** A target as the service makes it of the same context. `here`: what a context does not say. */
export function targetFrom(
  context: FlagContext | undefined,
  here: { readonly key: string; readonly region?: string | undefined },
): Target {
  const { targetingKey, region, colo } = (context ?? {}) as Readonly<Record<string, unknown>>;
  return {
    key: typeof targetingKey === "string" ? targetingKey : here.key,
    region: typeof region === "string" ? region : here.region,
    ...(typeof colo === "string" ? { colo } : {}),
    ...(context === undefined ? {} : { attributes: context as NonNullable<Target["attributes"]> }),
  };
}
