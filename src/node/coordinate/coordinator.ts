import type { MetricFamily } from "../../api/exposition.ts";
import type { Revision } from "../../api/key-value.ts";
import type { WatchQuery } from "../../api/watch-query.ts";
import type { Caller } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Decision, Denied } from "../../policy/policy.ts";
import type { BackupCursor, BackupHead, BackupPage, BackupPlace } from "../../state/backup-page.ts";
import type { Op, Result } from "../../state/command.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import type { SnapshotStale } from "../../state/snapshot.ts";
import type { Alarm } from "../alarms.ts";
import type { ReleaseAnswer, ReleaseQuestion } from "../rpc/release-call.ts";
import type { WriteRefusal } from "../rpc/write-refusal.ts";
import type { LearnerTrace } from "../telemetry/traced-round.ts";

/** How an answer was decided; the `synod-path` header. */
export type Path = "fast" | "classic" | "leader" | "quorum-read" | "local";

export interface WriteRequest {
  readonly op: Op;
  /** The rights that it needs, where the operation does not say. */
  readonly needs?: readonly Need[] | undefined;
  /** Stays the same through every retry of one intent; fresh when the caller has none. */
  readonly requestId?: string | undefined;
  /** The fingerprint of the client's request, if it may send the same again under the same id. */
  readonly print?: string | undefined;
  /** Milliseconds from now; capped. */
  readonly deadlineMs?: number | undefined;
  /** Keys that a release holds are written all the same; the release is then in conflict with them. */
  readonly override?: boolean | undefined;
}

/** What became of a write. */
export type WriteOutcome =
  | {
      readonly kind: "applied";
      readonly result: Result;
      readonly path: Path;
      /** Rounds of messages across the wide area that it took. */
      readonly trips: number;
    }
  /** No acceptor can have voted for it: it has no effect, now or later. */
  | { readonly kind: "no-quorum"; readonly detail: string }
  /** A queue on its way is full. As far as is known nothing was done; retrying with the same request id is safe. */
  | Overloaded
  | RateLimited
  | Denied
  /** The namespace has not reached the feature level of the operation: nothing was proposed. */
  | { readonly kind: "upgrading"; readonly detail: string }
  | WriteRefusal
  /** A vote may have landed: it may yet take effect. Retrying with the same request id is safe. */
  | { readonly kind: "outcome-unknown"; readonly detail: string };

/** More is asked of a part than it can do: ask again later. */
export interface Overloaded {
  readonly kind: "overloaded";
  readonly detail: string;
}

/** The namespace writes faster in this region than its quotas let it: nothing was proposed. */
export interface RateLimited {
  readonly kind: "rate-limited";
  readonly detail: string;
  /** Writes a second. */
  readonly limit: number;
  /** When there is room for one again. */
  readonly retryAfterMs: number;
}

export interface ReadRequest {
  readonly query: Query;
  /** The rights that it needs, where the query does not say. */
  readonly needs?: readonly Need[] | undefined;
  readonly consistency: "linearizable" | "local";
  /** A local read waits for this revision, and falls back to the quorum. */
  readonly minRevision?: Revision | undefined;
  readonly deadlineMs?: number | undefined;
}

export type ReadOutcome =
  | {
      readonly kind: "answer";
      readonly result: QueryResult;
      readonly path: Path;
      readonly trips: number;
      /** Local reads: milliseconds since this learner last knew that it was up to date; absent when it can not tell. */
      readonly lagMs?: number | undefined;
    }
  | Overloaded
  | Denied
  /** A learner met a bug: the reference names it in its log. */
  | { readonly kind: "failed"; readonly reference: string }
  /** `revision`: what the nearest learner has, where a local read asked for a newer one. */
  | { readonly kind: "no-quorum"; readonly detail: string; readonly revision?: Revision | undefined };

export interface AcceptorStatus {
  readonly region: string;
  readonly reachable: boolean;
  readonly promised?: { readonly n: number; readonly proposer: string } | undefined;
  /** null: closed. */
  readonly openFrom?: number | null | undefined;
  /** Where the owner of that promise leads from, if it said that it leads. */
  readonly leader?: string | undefined;
  readonly lastSlot?: number | undefined;
  readonly chosenUpTo?: number | undefined;
  readonly roundTripMs?: number | undefined;
  /** Why it takes no part, where it says so itself; it does not count as reachable then. */
  readonly silent?: "blank" | "lost-storage" | "older-copy" | "newer-state" | "membership" | undefined;
  /** How often it returned after it had lost its storage. */
  readonly life?: number | undefined;
  /** Milliseconds of its clock when it went silent. */
  readonly sinceMs?: number | undefined;
  /** The highest feature level that its build knows. */
  readonly buildLevel?: number | undefined;
}

export interface LearnerStatus {
  readonly region: string;
  readonly reachable: boolean;
  readonly appliedUpTo?: number | undefined;
  readonly revision?: Revision | undefined;
  readonly digest?: string | undefined;
  readonly watchers?: number | undefined;
  /** Bytes held for watchers: sent and not acknowledged, or kept to be sent. */
  readonly watchBytes?: number | undefined;
  /** Milliseconds since it last knew that it missed nothing; absent when it never did. */
  readonly lagMs?: number | undefined;
  /** Slots that another learner has applied and this one has not. */
  readonly lagSlots?: number | undefined;
  /** Commands in an entry, on average, of those it proposed lately; 0 when it proposed none. */
  readonly batchSize?: number | undefined;
  /** Share of its last fast rounds that missed, 0 to 1. */
  readonly missRate?: number | undefined;
  /** The feature level of its state, and the highest that its build knows. */
  readonly level?: number | undefined;
  readonly buildLevel?: number | undefined;
  /** What its build does not know: the entry in this slot, before which it stopped, or, without one, its stored state. */
  readonly stopped?: { readonly slot?: number; readonly why: string } | undefined;
  /** Out of service: its state is begun anew, because it differed from a majority's or the level was raised without it. */
  readonly suspended?: boolean | undefined;
  readonly alarms?: readonly Alarm[] | undefined;
  /** Only where it was asked for. */
  readonly trace?: LearnerTrace | undefined;
  readonly roundTripMs?: number | undefined;
}

export interface NamespaceStatus {
  readonly namespace: string;
  readonly epoch: number;
  readonly revision: Revision;
  readonly mode: { readonly kind: "fast" | "closed" } | { readonly kind: "leader"; readonly where: string };
  readonly acceptors: readonly AcceptorStatus[];
  readonly learners: readonly LearnerStatus[];
}

export type BackupQuestion =
  | { readonly kind: "begin"; readonly isLocal: boolean }
  /** `region`: of the learner that began it. */
  | { readonly kind: "page"; readonly region: string; readonly place: BackupPlace; readonly at: BackupCursor };

export type BackupAnswer =
  | { readonly kind: "head"; readonly region: string; readonly epoch: number; readonly head: BackupHead }
  | BackupPage
  | SnapshotStale
  /** Nobody could answer. */
  | { readonly kind: "unreachable" };

/** What a Worker can do with a namespace. One per request. */
export interface Coordinator {
  /** Whether its caller has these rights; undefined where no learner answers. */
  permit(needs: readonly Need[]): Promise<Decision | undefined>;
  /**
   * Whether a caller would have them, where nothing hangs on it: a denial is not counted. Whoever asks makes sure that its
   * own caller may know.
   */
  permitOf(caller: Caller, needs: readonly Need[]): Promise<Decision | undefined>;
  write(request: WriteRequest): Promise<WriteOutcome>;
  read(request: ReadRequest): Promise<ReadOutcome>;
  status(): Promise<NamespaceStatus>;
  /** What the parts counted, and where they stand. */
  metrics(): Promise<readonly MetricFamily[]>;
  /** Asks the nearest learner about releases; undefined when none answers. */
  release(question: ReleaseQuestion): Promise<ReleaseAnswer | undefined>;
  /** Begins a backup, or reads on in one. */
  backup(question: BackupQuestion): Promise<BackupAnswer>;
  /**
   * Opens a WebSocket to a learner, the nearest that answers, which sends watch frames (src/api/watch-frame.ts).
   * The answer is the learner's 101 response (its `webSocket` not yet accepted), or undefined when none is reachable.
   */
  watch(request: WatchRequest): Promise<Response | undefined>;
}

/** A watch as a learner is asked for it. */
export type WatchRequest = WatchQuery;
