import type { WatchEvent } from "../../api/key-value.ts";

/** The watchers of a learner. */
export interface Audience {
  /** Entries were applied, and `events` are their changes: whole revisions in order, or none. */
  applied(events: readonly WatchEvent[]): void;
  /** The state was replaced by a newer one: read on from it. */
  resume(): void;
  /** How many watch. */
  readonly size: number;
  /** Bytes held for them: sent and not acknowledged, or kept to be sent. */
  readonly heldBytes?: number;
}
