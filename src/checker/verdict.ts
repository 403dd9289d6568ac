/** What a history can be accused of. The name says what went wrong, as a user would see it. */
export type Rule =
  | "linearizable"
  | "phantom-read"
  | "future-read"
  | "revision-shared"
  | "revision-order"
  | "revision-ahead"
  | "revision-value"
  | "snapshot-read"
  | "stale-read"
  | "session-min-revision"
  | "session-read-your-writes"
  | "session-monotonic-reads"
  | "request-result"
  | "propose-agreement"
  | "propose-validity"
  | "propose-winner"
  | "propose-order"
  | "counter-lost"
  | "counter-excess"
  | "counter-backwards"
  | "counter-shared"
  | "watch-gap"
  | "watch-repeat"
  | "watch-reorder"
  | "watch-before-from"
  | "watch-target"
  | "watch-phantom"
  | "watch-undecided"
  | "watch-value"
  | "watch-future"
  | "watch-effect-twice"
  | "watch-read";

export interface Violation {
  readonly rule: Rule;
  /** Reads on its own: which operations, what was seen, what could have been. */
  readonly message: string;
  /** Ids of the operations that contradict one another. */
  readonly operations: readonly number[];
}

/** `unknown`: nothing wrong was found, but the search gave up before it was sure. */
export type Verdict =
  | { readonly kind: "ok" }
  | { readonly kind: "illegal"; readonly violations: readonly Violation[] }
  | { readonly kind: "unknown"; readonly reason: string };
