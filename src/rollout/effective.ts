import { exposureOf, type SegmentMatch, type Target } from "../api/cohort.ts";
import { keyName, type Overlay } from "../api/overlay.ts";
import { type StagedChange } from "../api/release.ts";
import { isShown } from "../api/release-state.ts";

/** What the log prescribes for one target and one key, and by which rule. */
export interface Effective {
  /** `base`: the key as it stands. `staged`: a release shows its value. */
  readonly source: "base" | "staged";
  readonly change?: StagedChange | undefined;
  readonly release?: {
    readonly id: string;
    readonly step: number;
    readonly state: string;
    readonly stage: number | null;
  };
  readonly exposed: boolean;
  readonly bucket?: number | undefined;
  /** The stage whose rule lets the target in; null: baking, or none. */
  readonly by?: number | null | undefined;
}

/** `overlays`: the releases of one moment, with their staged values. */
export function effectiveOf(
  overlays: readonly Overlay[],
  key: Pick<StagedChange, "key" | "key_encoding">,
  target: Target,
  matches: SegmentMatch,
): Effective {
  const name = keyName(key);
  const found = overlays
    .filter(({ release }) => isShown(release))
    .toSorted((a, b) => (a.release.id < b.release.id ? -1 : 1))
    .flatMap((overlay) => overlay.staged.filter((one) => keyName(one) === name).map((change) => ({ overlay, change })));
  const seen = found.map((one) => ({ ...one, exposure: exposureOf(one.overlay.release, target, matches) }));
  const taken = seen.find(({ exposure }) => exposure.exposed) ?? seen[0];
  if (taken === undefined) return { source: "base", exposed: false };
  const { overlay, change, exposure } = taken;
  const { id, state, stage } = overlay.release;
  const release = { id, step: overlay.step, state, stage };
  return {
    source: exposure.exposed ? "staged" : "base",
    release,
    ...exposure,
    ...(exposure.exposed ? { change } : {}),
  };
}
