import type { Revision } from "../../api/key-value.ts";

/** How far a watch was told. */
export interface WatchCursor {
  /** The next revision to look at; every event below it that the watch wants was told. */
  readonly next: Revision;
  /** The position in `next` to go on from, where that revision is larger than a frame and was told in part. */
  readonly position?: number | undefined;
  /** A listing under way: all keys as they are at `revision` are told, from `from` on. `next` moves at its end. */
  readonly listing?: { readonly revision: Revision; readonly from: Uint8Array } | undefined;
}
