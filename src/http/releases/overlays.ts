import type { SegmentMatch, Target } from "../../api/cohort.ts";
import type { Overlay } from "../../api/overlay.ts";
import { isShown } from "../../api/release-state.ts";
import { segmentMatch } from "../../api/segment.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { ACTIVE, releaseKey, releaseOf, stagedKey, stagedOf } from "../../rollout/documents.ts";
import { type Effective, effectiveOf } from "../../rollout/effective.ts";
import { systemPath, systemRange } from "../../state/system-space.ts";
import { read, unexpected } from "../outcome.ts";

/**
 * The releases that are shown at a revision, with their values. A read at a revision that was just answered needs no quorum:
 * whoever has it answers.
 */
export async function overlaysLoad(coordinator: Coordinator, revision: number): Promise<readonly Overlay[]> {
  const ids = (await rangeAt(coordinator, revision, systemRange(ACTIVE))).map(({ key }) =>
    systemPath(key).slice(ACTIVE.length),
  );
  const found = await Promise.all(ids.map((id) => overlayLoad(coordinator, id, revision)));
  return found.filter((one) => one !== undefined);
}

async function overlayLoad(coordinator: Coordinator, id: string, revision: number): Promise<Overlay | undefined> {
  const [kv] = await rangeAt(coordinator, revision, { key: releaseKey(id) });
  const release = kv === undefined ? undefined : releaseOf(kv);
  if (release === undefined || !isShown(release.release)) return undefined;
  const [values] = await rangeAt(coordinator, revision, { key: stagedKey(id) });
  const staged = values === undefined ? undefined : stagedOf(values);
  return staged === undefined ? undefined : { ...release, staged };
}

async function rangeAt(
  coordinator: Coordinator,
  revision: number,
  range: { readonly key: Uint8Array; readonly end?: Uint8Array },
) {
  const query = { kind: "range", ...range, revision } as const;
  const { result } = await read(coordinator, { query, consistency: "local", minRevision: revision });
  if (result.kind !== "range") throw unexpected(result);
  return result.kvs;
}

/** What a target sees for a key at a revision. */
export async function effectiveLoad(
  coordinator: Coordinator,
  revision: number,
  key: { readonly key: string; readonly key_encoding?: "base64" | undefined },
  target: Target,
): Promise<Effective> {
  const matches: SegmentMatch = segmentMatch;
  return effectiveOf(await overlaysLoad(coordinator, revision), key, target, matches);
}

/** The header that says which release a read came through. */
export function releaseHeader({ release, exposed }: Effective): Readonly<Record<string, string>> {
  if (release === undefined) return {};
  const stage = release.stage === null ? "baking" : `${release.stage}`;
  return { "synod-release": `${release.id}; stage=${stage}; exposed=${exposed}` };
}
