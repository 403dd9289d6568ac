/** So rare that a few hundred seeds may do without; counted all the same. */
export const RARE: readonly string[] = [
  "newer state refused by the old build",
  "live command overtaken by a NOOP",
  // With limits made small only.
  "watch told of a revision in parts",
  "log dropped",
  "asked about a dropped slot",
  "vote refused as too far ahead",
  "snapshot page read",
  "slow watcher dropped",
  "standing watch overtaken by compaction",
];

/** Rare things that have to happen sometimes, or the simulation proves nothing about them. */
export const SOMETIMES = [
  "fast commit",
  "classic commit",
  "leader commit",
  "collision",
  "fast value recovered",
  "recovery of a recovery",
  "hole filled with a NOOP",
  "live command overtaken by a NOOP",
  "vote repeated by a helper",
  "alarm finished a slot",
  "alarm retried after a crash",
  "crash before writes were durable",
  "crash between vote and reply",
  "crash in the middle of a turn",
  "eviction with watchers",
  "call delivered twice",
  "duplicate request suppressed",
  "request answered by another Worker",
  "read that waited",
  "local read",
  "local read fell back to the quorum",
  "watch reconnected",
  "watch moved to another region",
  "answer of unknown outcome",
  "answer of no effect",
  "condition failed",
  "acceptor told what it had not voted for",
  "log dropped",
  "asked about a dropped slot",
  "vote refused as too far ahead",
  "snapshot page read",
  "transaction took its then",
  "transaction took its else",
  "transaction inside a transaction",
  "transaction refused as a whole",
  "transaction repeated by a retry",
  "range of keys deleted",
  "put refused for want of its lease",
  "lease granted",
  "lease renewed",
  "lease revoked",
  "lease expired",
  "lease expired with keys",
  "late expiry did nothing",
  "lease outlived the run",
  "lease read",
  "lease read and not held",
  "compaction applied",
  "compaction refused",
  "compaction by retention",
  "read of the past",
  "read of the future",
  "read refused as compacted",
  "watch cancelled as compacted",
  "standing watch overtaken by compaction",
  "watch at a lagging learner",
  "watch told of a revision in parts",
  "watch told of several keys at once",
  "watch told of a key as it was",
  "slow watcher dropped",
  "learner lost its disk",
  "learner went back to an older disk",
  "acceptor lost its disk",
  "acceptor went back to an older disk",
  "acceptor returned",
  "machine updated",
  "machine rolled back",
  "learner's state corrupted",
  "corrupted state begun anew",
  "alarm raised",
  "level raised",
  "command of the new level",
  "learner of the old build stopped",
  "newer state refused by the old build",
  "request id reused",
] as const;

export type Sometimes = (typeof SOMETIMES)[number];

/** How often each happened. */
export class Tally {
  readonly counts = new Map<Sometimes, number>(SOMETIMES.map((name) => [name, 0]));

  add(name: Sometimes, times = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + times);
  }

  addAll(other: ReadonlyMap<Sometimes, number>): void {
    for (const [name, times] of other) this.add(name, times);
  }
}
