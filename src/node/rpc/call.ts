import type { Revision } from "../../api/key-value.ts";
import type { Ballot } from "../../core/ballot.ts";
import type { Lives, Standing, Witness } from "../../core/identity.ts";
import type { ChosenRef, Entry, Slot } from "../../core/log.ts";
import type { AcceptorReply, AcceptorRequest } from "../../core/message.ts";
import type { Configuration } from "../../network/address.ts";
import type { Network } from "../../network/network.ts";
import type { Region } from "../../network/region.ts";
import type { Caller } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Decision, PolicyDocuments } from "../../policy/policy.ts";
import type { BackupCursor, BackupHead, BackupPage, BackupPlace } from "../../state/backup-page.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import type { SnapshotCursor, SnapshotHead, SnapshotPage, SnapshotStale } from "../../state/snapshot.ts";
import type { Alarm } from "../alarms.ts";
import type { WriteOutcome } from "../coordinate/coordinator.ts";
import type { GaugeName } from "../metrics/catalogue.ts";
import type { Reading } from "../metrics/meter.ts";
import type { Draft } from "../propose/draft.ts";
import type { RegisterAnswer, RegisterCall } from "../register/register-call.ts";
import type { LearnerTrace } from "../telemetry/traced-round.ts";
import type { LeaderAnswer, LeaderCall } from "./leader-call.ts";
import type { Hint, LogPosition } from "./log-position.ts";
import type { ReleaseAnswer, ReleaseQuestion } from "./release-call.ts";
import type { RequestRef, Results } from "./request-ref.ts";

/** A slot that is chosen, with its entry. */
export interface Decided {
  readonly slot: Slot;
  readonly entry: Entry;
}

/** How a region's writers fare. */
export interface Writing {
  /** Commands in an entry, on average, of those proposed lately; 0 when none was. */
  readonly batchSize: number;
  /** Share of the last fast rounds that missed, 0 to 1. */
  readonly missRate: number;
}

/** A learner that tells others, and where it is. */
export interface Teller {
  readonly region: Region;
  readonly appliedUpTo: Slot;
  /** Of its state there. */
  readonly digest: string;
  /** What it knows a majority of home learners to have applied. */
  readonly heldUpTo: Slot;
}

export type AcceptorCall = {
  readonly configuration: Configuration;
  /** The lives that the caller counts with; absent where no acceptor lost its storage. */
  readonly lives?: Lives | undefined;
} & AcceptorQuestion;

export type AcceptorQuestion =
  /** Steps of the protocol, in order, in one turn. */
  | {
      readonly kind: "steps";
      readonly requests: readonly AcceptorRequest[];
      /** The acceptor that returns by these steps; `lives` names its new life. */
      readonly returning?: Storage | undefined;
      /** What this acceptor told its home learner before. */
      readonly witness?: Witness | undefined;
      /** The caller knows that the namespace is in use: an acceptor that stores nothing has lost what it stored. */
      readonly isInUse?: boolean | undefined;
      /** The caller wants to know of the acceptor's build. */
      readonly asksBuild?: boolean | undefined;
    }
  /** Bodies of votes or chosen entries, by id. */
  | { readonly kind: "bodies"; readonly refs: readonly ChosenRef[] }
  /** Chosen entries from `from` on, a page. */
  | { readonly kind: "log"; readonly from: Slot }
  /** What it counted of its own work. */
  | { readonly kind: "metrics" }
  /** A peer that stores nothing yet asks to be recorded. */
  | { readonly kind: "enrol"; readonly storage: Storage };

/** An acceptor's storage: one that was lost and begins anew has another nonce. */
export interface Storage {
  readonly region: Region;
  readonly nonce: string;
}

/** `buildLevel`: the highest feature level that the acceptor's build knows, where the call asks for it. */
export type AcceptorAnswer = { readonly buildLevel?: number } & (
  | { readonly kind: "replies"; readonly replies: readonly AcceptorReply[]; readonly entries: readonly Entry[] }
  | { readonly kind: "bodies"; readonly entries: readonly Entry[] }
  | { readonly kind: "log"; readonly decided: readonly Decided[]; readonly chosenUpTo: Slot; readonly firstSlot: Slot }
  | { readonly kind: "metrics"; readonly readings: readonly Reading[]; readonly storedBytes?: number | undefined }
  /** The call counts with other lives than this acceptor recorded: its round begins anew, with a fresh ballot. */
  | { readonly kind: "other-lives"; readonly lives: Lives }
  /** To `enrol`: whether the nonce is recorded now, or another one is. */
  | {
      readonly kind: "peer";
      readonly isRecorded: boolean;
      /** Whether it answers other calls. */
      readonly isEnrolled: boolean;
      /** Whether it takes itself for new. */
      readonly isBlank: boolean;
      readonly lives: Lives;
      readonly promised: Ballot;
    }
  /** The namespace has these members, and not those that the caller names. */
  | { readonly kind: "other-members"; readonly members: readonly Region[] }
  /** It takes no part: it is not the acceptor that was meant, or `why` says more. */
  | {
      readonly kind: "silent";
      readonly why?: SilentWhy;
      readonly life?: number;
      readonly sinceMs?: number;
      /** It stores nothing at all, not even that a peer asked to be recorded. */
      readonly isUnused?: true;
    }
);

/**
 * `blank`: too few peers recorded it yet. `newer-state`: what it stored is of a newer build. The others: it lost promises
 * and votes, and has to return.
 */
export type SilentWhy = Exclude<Standing, "enrolled"> | "newer-state";

export type LearnerCall = { readonly configuration: Configuration } & LearnerQuestion;

export type LearnerQuestion =
  /** `policy`: the revision of the policy documents that the asker has. */
  | { readonly kind: "hint"; readonly reserve: boolean; readonly policy?: Revision | undefined }
  /** Whether `caller` has these rights. `inquires`: nothing hangs on it, and a denial is not counted as one. */
  | {
      readonly kind: "permit";
      readonly caller: Caller;
      readonly needs: readonly Need[];
      readonly waitMs: number;
      readonly inquires?: true;
    }
  /** It proposes the command, together with others of its region, and answers what became of it. */
  | { readonly kind: "write"; readonly draft: Draft; readonly waitMs: number; readonly override?: boolean | undefined }
  /** Questions that go together, to be answered each in its place. */
  | { readonly kind: "many"; readonly questions: readonly LearnerQuestion[] }
  /** These slots are chosen. What a proposer tells is passed on to the other learners; they tell nobody else. */
  | {
      readonly kind: "learn";
      readonly decided: readonly Decided[];
      readonly hint?: Hint | undefined;
      /** The learner that tells it; absent when a proposer does. */
      readonly teller?: Teller | undefined;
    }
  /** The same from a proposer that waits for what its requests, chosen in `slot`, come to. */
  | {
      readonly kind: "settle";
      readonly decided: readonly Decided[];
      readonly hint?: Hint | undefined;
      readonly slot: Slot;
      readonly requests: readonly RequestRef[];
      readonly waitMs: number;
    }
  /** What `entry` would come to in `slot`; true once it is chosen in it. Answered as `settled`; changes nothing. */
  | { readonly kind: "preview"; readonly slot: Slot; readonly entry: Entry; readonly waitMs: number }
  | {
      readonly kind: "query";
      readonly query: Query;
      readonly caller: Caller;
      /** The rights that it needs, where the query does not say. */
      readonly needs?: readonly Need[] | undefined;
      /** Answer only from a state that has applied this slot, and is at this revision. */
      readonly slot?: Slot | undefined;
      readonly minRevision?: Revision | undefined;
      /** Ask a read quorum first how far that has to be; many readers share a round. */
      readonly linearizable?: boolean | undefined;
      readonly waitMs: number;
    }
  /** What is chosen in these slots, as far as it is still in memory. */
  | { readonly kind: "recall"; readonly from: Slot; readonly to: Slot }
  /** Where a snapshot begins, or one page of it. */
  | {
      readonly kind: "snapshot";
      /** The format that the reader knows; none of another is served. */
      readonly format: number;
      readonly page?: { readonly head: SnapshotHead; readonly at: SnapshotCursor } | undefined;
    }
  /** Where a backup begins, read after everything that was acknowledged unless `isLocal`; or one page of it. */
  | {
      readonly kind: "backup";
      readonly isLocal: boolean;
      readonly waitMs: number;
      readonly page?: { readonly place: BackupPlace; readonly at: BackupCursor } | undefined;
    }
  | ReleaseQuestion
  /** The digests of its latest states. */
  | { readonly kind: "digests" }
  /** `trace`: with what it does at the moment, and will do in the next seconds. */
  | { readonly kind: "status"; readonly trace?: boolean | undefined }
  /** What it counted of its own work, and where it stands. */
  | { readonly kind: "metrics" };

export type LearnerAnswer =
  /** `placement`: who is to be asked to lead when nobody does, best first. */
  | (LogPosition & {
      readonly kind: "hint";
      readonly placement: readonly Region[];
      /** Where the asker has others. */
      readonly documents?: PolicyDocuments | undefined;
    })
  | { readonly kind: "decided"; readonly decision: Decision }
  | { readonly kind: "written"; readonly outcome: WriteOutcome }
  /** It has more to do than it can. Nothing was done. */
  | { readonly kind: "busy" }
  | { readonly kind: "many"; readonly answers: readonly LearnerAnswer[] }
  /** In place of an answer that is too large to go together with others: ask again, alone. */
  | { readonly kind: "apart" }
  | { readonly kind: "learned"; readonly appliedUpTo: Slot; readonly digest: string }
  | { readonly kind: "settled"; readonly results: Results; readonly appliedUpTo: Slot }
  | {
      readonly kind: "answer";
      readonly result: QueryResult;
      readonly appliedUpTo: Slot;
      readonly lagMs?: number | undefined;
    }
  /** Large answers to others fill the memory for them: ask again a moment later. */
  | { readonly kind: "no-room" }
  /** A query met a bug: the reference names it in the log. */
  | { readonly kind: "failed"; readonly reference: string }
  /** A linearizable query heard too few acceptors. */
  | { readonly kind: "no-quorum" }
  /** Not there yet, and the wait is over. */
  | { readonly kind: "behind"; readonly appliedUpTo: Slot; readonly revision: Revision }
  | { readonly kind: "recalled"; readonly decided: readonly Decided[]; readonly appliedUpTo: Slot }
  | {
      readonly kind: "status";
      readonly appliedUpTo: Slot;
      readonly revision: Revision;
      readonly digest: string;
      readonly watchers: number;
      /** Bytes held for them. */
      readonly watchBytes?: number | undefined;
      readonly hint: Hint;
      readonly writing: Writing;
      readonly lagMs?: number | undefined;
      /** The feature level of its state, and the highest that its build knows. */
      readonly level: number;
      readonly buildLevel: number;
      /** The entry that its build does not know, before which it stopped. */
      readonly stopped?: { readonly slot: Slot; readonly why: string } | undefined;
      /** Whether it is out of service, and begins its state anew. */
      readonly isSuspended: boolean;
      readonly alarms: readonly Alarm[];
      readonly trace?: LearnerTrace | undefined;
    }
  /** To `status`: its stored state is of a newer build, and it does nothing with it. */
  | { readonly kind: "stopped"; readonly why: string; readonly buildLevel: number }
  | { readonly kind: "digests"; readonly digests: readonly (readonly [Slot, string])[] }
  | {
      readonly kind: "metrics";
      readonly readings: readonly Reading[];
      readonly gauges: Readonly<Partial<Record<GaugeName, number>>>;
      readonly levels: { readonly level: number; readonly buildLevel: number };
    }
  /** It is out of service: another learner may answer. */
  | { readonly kind: "suspended" }
  | ReleaseAnswer
  | { readonly kind: "snapshot-head"; readonly head: SnapshotHead }
  | { readonly kind: "snapshot-page"; readonly page: SnapshotPage | SnapshotStale }
  | { readonly kind: "backup-head"; readonly head: BackupHead }
  | { readonly kind: "backup-page"; readonly page: BackupPage | SnapshotStale }
  /** The namespace has these members, and not those that the caller names. */
  | { readonly kind: "other-members"; readonly members: readonly Region[] }
  | { readonly kind: "silent" };

/** The network as the parts use it. */
export interface Parts {
  readonly acceptors: Network<AcceptorCall, AcceptorAnswer>;
  readonly learners: Network<LearnerCall, LearnerAnswer>;
  readonly leaders: Network<LeaderCall, LeaderAnswer>;
  /** One for each namespace. */
  readonly registers: Network<RegisterCall, RegisterAnswer>;
  /** Where the caller is. */
  readonly region: Region;
}
