import { exposureOf, type SegmentMatch, type Target } from "./cohort.ts";
import { type Release, type StagedChange } from "./release.ts";
import { isShown } from "./release-state.ts";

/** A release that is shown to some, with its staged values. */
export interface Overlay {
  readonly release: Release;
  /** Its revision. */
  readonly step: number;
  readonly staged: readonly StagedChange[];
}

/** What a target gets for a key, instead of the key itself. */
export interface Overlaid {
  readonly overlay: Overlay;
  readonly change: StagedChange;
}

/** The name of a key in maps, whatever its bytes are. */
export function keyName({ key, key_encoding }: Pick<StagedChange, "key" | "key_encoding">): string {
  return key_encoding === undefined ? `t${key}` : `b${key}`;
}

/**
 * The staged changes that a target sees, by `keyName`. A release takes its keys, so no key stands in two that are shown:
 * if one ever did, the older release would win, everywhere alike.
 */
export function overlaidFor(
  overlays: readonly Overlay[],
  target: Target,
  matches: SegmentMatch,
): ReadonlyMap<string, Overlaid> {
  const found = new Map<string, Overlaid>();
  for (const overlay of overlaysInOrder(overlays)) {
    if (!exposureOf(overlay.release, target, matches).exposed) continue;
    for (const change of overlay.staged) {
      const name = keyName(change);
      if (!found.has(name)) found.set(name, { overlay, change });
    }
  }
  return found;
}

function overlaysInOrder(overlays: readonly Overlay[]): readonly Overlay[] {
  const shown = overlays.filter(({ release }) => isShown(release));
  return shown.toSorted((a, b) => (a.release.id < b.release.id ? -1 : 1));
}
