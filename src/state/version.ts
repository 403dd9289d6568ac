import type { Revision } from "../api/key-value.ts";
import { invariant } from "../core/invariant.ts";

/**
 * A version is one change of one key. Its id orders all changes: the revision, then the position among the changes
 * of that revision, then one bit that says whether the change deleted the key, so that an index of ids alone can
 * tell which keys exist. Ids are safe integers up to revision 2^33.
 */
export type VersionId = number;

/** Ids that belong to one revision: 2^19 changes, of which `CHANGES_PER_COMMAND_MAX` uses half. */
export const IDS_PER_REVISION = 1_048_576;
const REVISION_MAX = 2 ** 33 - 1;

/** The id of the change numbered `position`, from 0, of `revision`. */
export function versionId(revision: Revision, position: number, deletes: boolean): VersionId {
  invariant(revision <= REVISION_MAX && position * 2 < IDS_PER_REVISION, "version ids are not exhausted");
  return revision * IDS_PER_REVISION + position * 2 + (deletes ? 1 : 0);
}

export function versionRevision(id: VersionId): Revision {
  return Math.floor(id / IDS_PER_REVISION);
}

/** The number of the change among those of its revision, from 0. */
export function versionPosition(id: VersionId): number {
  return Math.floor((id % IDS_PER_REVISION) / 2);
}

/** Where to go on after the change `id`. */
export function versionAfter(id: VersionId): { readonly next: Revision; readonly position: number } {
  const revision = versionRevision(id);
  if (id === versionLast(revision)) return { next: revision + 1, position: 0 };
  return { next: revision, position: versionPosition(id) + 1 };
}

export function versionDeletes(id: VersionId): boolean {
  return id % 2 === 1;
}

/** The least id that a change of `revision` may have. */
export function versionFirst(revision: Revision): VersionId {
  return revision * IDS_PER_REVISION;
}

/** The greatest id that a change of `revision` may have. */
export function versionLast(revision: Revision): VersionId {
  return versionFirst(revision + 1) - 1;
}
