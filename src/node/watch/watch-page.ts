import type { Frame } from "./frame.ts";
import type { WatchCursor } from "./watch-cursor.ts";

/** What a watch is told next, perhaps nothing, and where it goes on. */
export interface ToldPage {
  readonly kind: "page";
  readonly frame?: Frame;
  readonly cursor: WatchCursor;
}
/** `history`: what was just applied is too much for one frame, and is to be read from history. */
export type WatchPage = ToldPage | { readonly kind: "compacted" } | { readonly kind: "history" };
