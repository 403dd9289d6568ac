import { bytesToHex } from "@noble/hashes/utils.js";
import type { LeaseId, Revision, WatchEvent } from "../api/key-value.ts";
import { invariant } from "../core/invariant.ts";
import { conditionRefused, putRefused } from "./check.ts";
import type { Command, Op, Refusal, Refused, Result } from "./command.ts";
import { compactCommand, compactSome } from "./compaction.ts";
import { digestNext, type Outcome, outcomeOf } from "./digest.ts";
import { Draft } from "./draft.ts";
import { type EventFilter, type EventPage, eventsRead } from "./event.ts";
import { HeadCache } from "./heads.ts";
import { type InstallProgress, installBegin, installFinish, installPage, installProgress } from "./install.ts";
import { type LeaseHeld, leaseExpire, leaseGrant, leaseKeepAlive, leaseOf, leaseRevoke, leasesOf } from "./lease.ts";
import { ANSWER_BYTES_MAX, EXACTLY_ONCE_SLOTS, STATE_LIMITS, type StateLimits } from "./limits.ts";
import { type Meta, metaLoad, metaSave } from "./meta.ts";
import { propose } from "./ops/propose.ts";
import type { Query, QueryResult } from "./queries.ts";
import { queryAnswer } from "./query.ts";
import type { View } from "./range.ts";
import { refused } from "./refuse.ts";
import { requestDecode, requestEncode, requestExpired, requestFind, requestTurnOver } from "./request.ts";
import { ResultBudget } from "./result-budget.ts";
import { schemaCreate } from "./schema.ts";
import {
  type SnapshotCursor,
  type SnapshotHead,
  type SnapshotPage,
  type SnapshotStale,
  snapshotHead,
  snapshotPage,
} from "./snapshot.ts";
import type { Sql } from "./sql.ts";
import { type Turn, turnRevision, Withdrawal } from "./turn.ts";
import { txn } from "./txn.ts";
import { deleteRange, put } from "./write.ts";

/** What a slot decided, decoded. No commands is the NOOP. */
export interface AppliedEntry {
  readonly id: string;
  readonly commands: readonly Command[];
}

export interface Applied {
  /** One for each command, in order; see `ResultBudget`. */
  readonly results: readonly Result[];
  /** Every change of the entry, in order; revisions are whole. */
  readonly events: readonly WatchEvent[];
}

export interface StateMachineOptions {
  /** B of the protocol, "Exactly once". All learners of a namespace must agree; only simulations want another. */
  readonly exactlyOnceSlots?: number;
  readonly limits?: StateLimits;
}

/**
 * The replicated state machine (protocol, "Exactly once" and "State machine"): etcd's data model, leases and write-once proposals. The same
 * entries in the same order give the same state, results, events and digest everywhere: it has no clock, no
 * randomness and no I/O but `Sql`, and every call is one synchronous turn.
 *
 * Rows written, as SQLite counts them (there are no secondary indexes):
 *
 * | | |
 * |---|---|
 * | every entry, NOOP too | 1 (where the state machine stands); of entries applied together, 1 for all |
 * | every command, repeats too, expired ones not | 1 (its request id and result) |
 * | put | 2 (the version, its place in the key order), and 1 for each of a lease left and a lease joined |
 * | delete | 2 for each key, and 1 if it had a lease |
 * | transaction | the sum of what it does |
 * | propose | 1 the first time, else 0 |
 * | lease grant, keep-alive | 1 |
 * | lease revoke, expire | 1, and 3 for each key |
 * | compact | 0; later, in steps, 2 for each version dropped and 1 for each step |
 */
export class StateMachine {
  readonly #sql: Sql;
  readonly #bound: number;
  readonly #limits: StateLimits;
  readonly #heads = new HeadCache();
  #meta: Meta;

  /** Opens the state kept in `sql`, creating the tables that are absent. */
  constructor(sql: Sql, options: StateMachineOptions = {}) {
    this.#sql = sql;
    this.#bound = options.exactlyOnceSlots ?? EXACTLY_ONCE_SLOTS;
    this.#limits = options.limits ?? STATE_LIMITS;
    schemaCreate(sql);
    this.#meta = metaLoad(sql);
  }

  /** The last slot applied; 0 when none is. */
  get appliedUpTo(): number {
    return this.#meta.applied;
  }

  get revision(): Revision {
    return this.#meta.revision;
  }

  /** Reads and watches below this revision are refused; 0 when nothing was ever compacted. */
  get compactRevision(): Revision {
    return Math.max(0, this.#meta.compact);
  }

  /** Whether rows put out of sight by compaction are still to be deleted. */
  get isCompacting(): boolean {
    return this.#meta.compact !== this.#meta.compactDone;
  }

  /** Hash chain over everything applied, in hexadecimal: equal at equal slots, or something is broken. */
  get digest(): string {
    return bytesToHex(this.#meta.digest);
  }

  /**
   * Applies what was chosen in `slot`, which must be the next one. Effects, request ids, digest and the applied slot
   * become durable together, or, when this throws, none of them.
   *
   * `heardMs`: the learner's clock, for its own lease timers alone.
   */
  apply(slot: number, entry: AppliedEntry, heardMs = 0): Applied {
    return this.#applyOne(slot, entry, heardMs, new ResultBudget()).applied;
  }

  #applyOne(slot: number, entry: AppliedEntry, heardMs: number, before: ResultBudget) {
    invariant(slot === this.#meta.applied + 1, `14: slot ${slot} applied after ${this.#meta.applied}`);
    const refusals = new Map<number, Refusal>();
    for (;;) {
      const budget = new ResultBudget(before);
      const attempt = this.#attempt([entry], refusals, heardMs, budget);
      if (attempt.kind === "withdrawn") refusals.set(attempt.index, attempt.why);
      else return { applied: only(attempt.applied), budget };
    }
  }

  /**
   * Applies what was chosen in `slot` and the slots after it, in one go: the same as one after another, but that all of
   * them become durable together. For each its results and events.
   */
  applyAll(slot: number, entries: readonly AppliedEntry[], heardMs = 0): readonly Applied[] {
    if (entries.length > 1) {
      invariant(slot === this.#meta.applied + 1, `14: slot ${slot} applied after ${this.#meta.applied}`);
      const attempt = this.#attempt(entries, new Map(), heardMs, new ResultBudget());
      if (attempt.kind === "applied") return attempt.applied;
    }
    // One of them has a command to be refused for what shows only while it runs, or together they do too much.
    let before = new ResultBudget();
    return entries.map((entry, index) => {
      const { applied, budget } = this.#applyOne(slot + index, entry, heardMs, before);
      before = budget;
      return applied;
    });
  }

  /** What `apply` would answer for the next slot; nothing is changed. */
  preview(slot: number, entry: AppliedEntry): readonly Result[] {
    invariant(slot === this.#meta.applied + 1, `14: slot ${slot} previewed after ${this.#meta.applied}`);
    const refusals = new Map<number, Refusal>();
    for (;;) {
      const attempt = this.#attempt([entry], refusals, 0, new ResultBudget(), "roll back");
      if (attempt.kind === "withdrawn") refusals.set(attempt.index, attempt.why);
      else return only(attempt.applied).results;
    }
  }

  query(query: Query): QueryResult {
    return queryAnswer(this.#sql, this.#view(), query);
  }

  /** The first result of a request, as long as its id is kept. */
  result(requestId: string): Result | undefined {
    const seen = requestFind(this.#sql, requestId, this.#meta.applied, this.#bound);
    return seen && requestDecode(this.#sql, seen.kept);
  }

  /** See `eventsRead`. */
  events(
    from: Revision,
    to: Revision,
    eventsMax: number,
    bytesMax: number,
    filter: EventFilter = {},
  ): EventPage | Refused {
    return eventsRead(this.#sql, this.#view(), from, to, eventsMax, bytesMax, filter);
  }

  leaseHeld(lease: LeaseId): LeaseHeld | undefined {
    return leaseOf(this.#sql, lease);
  }

  /** Leases held, for the timers of whoever proposes expiry: see `leasesOf`. */
  leasesHeld(limit = Number.MAX_SAFE_INTEGER, after?: LeaseId): readonly LeaseHeld[] {
    return leasesOf(this.#sql, limit, after);
  }

  /**
   * Deletes a bounded number of rows that compaction put out of sight. Not replicated, and invisible.
   * @returns whether there is more to do.
   */
  compactStep(rowsMax = this.#limits.compactStepRowsMax): boolean {
    const { compact, compactDone } = this.#meta;
    if (compact === compactDone) return false;
    const { meta, more } = this.#sql.transaction(() => {
      const step = compactSome(this.#sql, this.#meta, rowsMax);
      metaSave(this.#sql, step.meta);
      return step;
    });
    this.#meta = meta;
    return more;
  }

  /**
   * Begins a snapshot of the state as it is: its head, from which the pages are then read in turn, starting at
   * `SNAPSHOT_FIRST`, while further slots are applied.
   */
  snapshotHead(): SnapshotHead {
    return snapshotHead(this.#sql, this.#meta);
  }

  snapshotPage(
    head: Pick<SnapshotHead, "meta">,
    at: SnapshotCursor,
    bytesMax: number = this.#limits.snapshotPageBytesMax,
  ): SnapshotPage | SnapshotStale {
    return snapshotPage(this.#sql, this.#meta, this.#bound, head.meta, at, bytesMax);
  }

  /** What was collected of another learner's snapshot so far, across restarts. */
  installProgress(): InstallProgress | undefined {
    return installProgress(this.#sql);
  }

  /** Begins to collect a snapshot. @returns false, having done nothing, if it is no newer than what is applied. */
  installBegin(head: SnapshotHead, heardMs = 0): boolean {
    if (head.meta.applied <= this.#meta.applied) return false;
    this.#sql.transaction(() => installBegin(this.#sql, head, heardMs));
    return true;
  }

  /** Collects a page; what is applied goes on serving meanwhile. A page that is not the next is ignored. */
  installPage(page: SnapshotPage): void {
    this.#sql.transaction(() => installPage(this.#sql, page, this.#bound));
  }

  /**
   * Replaces the state by the snapshot collected, all at once.
   * @returns false if by now that would lower anything; it is dropped then.
   */
  installFinish(): boolean {
    const meta = this.#sql.transaction(() => installFinish(this.#sql, this.#meta));
    if (!meta) return false;
    this.#meta = meta;
    this.#heads.clear();
    return true;
  }

  #view(): View {
    return { revision: this.#meta.revision, compact: this.#meta.compact };
  }

  /** One try at the next entries, with the commands that are already known to be refused if it is only one. */
  #attempt(
    entries: readonly AppliedEntry[],
    refusals: ReadonlyMap<number, Refusal>,
    heardMs: number,
    budget: ResultBudget,
    then: "commit" | "roll back" = "commit",
  ): Attempt {
    let index = 0;
    const draft = new Draft(this.#sql, this.#heads, this.#bound);
    try {
      const { meta, applied } = this.#sql.transaction(() => {
        draft.expect(entries.length === 1 ? only(entries).commands : entries.flatMap(({ commands }) => commands));
        const applied: Applied[] = [];
        let meta = this.#meta;
        for (const entry of entries) {
          const slot = meta.applied + 1;
          requestTurnOver(draft.sql, slot, this.#bound);
          const { revision, compact } = meta;
          const work: Work = { draft, slot, heardMs, revision, compact, events: [] };
          const results: Result[] = [];
          const outcomes: Outcome[] = [];
          for (const [at, command] of entry.commands.entries()) {
            index = at;
            const result = this.#command(work, command, refusals.get(at));
            results.push(budget.fit(result));
            outcomes.push(outcomeOf(result));
            if (entries.length > 1) draft.checkTogether();
          }
          applied.push({ results, events: work.events });
          meta = metaNext(meta, entry.id, work, outcomes);
        }
        if (then === "roll back") throw new Preview(applied);
        draft.buffer.flush();
        metaSave(this.#sql, meta);
        return { meta, applied };
      });
      this.#meta = meta;
      draft.heads.commit();
      return { kind: "applied", applied };
    } catch (error) {
      if (error instanceof Preview) return { kind: "applied", applied: error.applied };
      if (!(error instanceof Withdrawal)) throw error;
      return { kind: "withdrawn", index, why: error.why };
    }
  }

  #command(work: Work, command: Command, refusal: Refusal | undefined): Result {
    const { slot, draft } = work;
    const seen = draft.requests.find(command.id, slot);
    if (seen) {
      if (seen.slot !== slot) draft.requests.keep(command.id, slot, seen.kept);
      return requestDecode(this.#sql, seen.kept);
    }
    // Nothing is kept of it: a later slot may be near enough, and the id is then as good as new.
    if (requestExpired(command, slot, this.#bound)) return refused("expired", work.revision);

    const turn: Turn = {
      sql: draft.sql,
      direct: this.#sql,
      buffer: draft.buffer,
      heads: draft.heads,
      slot,
      requestId: command.id,
      heardMs: work.heardMs,
      before: work.revision,
      compact: work.compact,
      events: [],
      answerBytesLeft: ANSWER_BYTES_MAX,
    };
    const result = refusal ? refused(refusal, work.revision) : operate(turn, command.op);
    draft.count(turn);
    work.revision = turnRevision(turn);
    for (const event of turn.events) work.events.push(event);
    if (result.kind === "compact" && command.op.kind === "compact") work.compact = command.op.revision;
    draft.requests.keep(command.id, slot, requestEncode(command, result));
    return result;
  }
}

function metaNext(meta: Meta, entryId: string, work: Work, outcomes: readonly Outcome[]): Meta {
  const { slot, revision, compact, events } = work;
  const digest = digestNext(meta.digest, { slot, entryId, revision, compact, outcomes, events });
  return { ...meta, applied: slot, revision, compact, digest };
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  invariant(item !== undefined && items.length === 1, "there is exactly one");
  return item;
}

/** Ends the transaction of an entry that was only to be looked at. */
class Preview extends Error {
  override readonly name = "Preview";
  readonly applied: readonly Applied[];

  constructor(applied: readonly Applied[]) {
    super("only looked at");
    this.applied = applied;
  }
}

/** An entry while it is applied. */
interface Work {
  readonly draft: Draft;
  readonly slot: number;
  readonly heardMs: number;
  revision: Revision;
  compact: Revision;
  readonly events: WatchEvent[];
}

type Attempt =
  | { readonly kind: "applied"; readonly applied: readonly Applied[] }
  | { readonly kind: "withdrawn"; readonly index: number; readonly why: Refusal };

function operate(turn: Turn, op: Op): Result {
  switch (op.kind) {
    case "put":
      return putRefused(turn, op) ?? put(turn, op);
    case "delete":
      return conditionRefused(turn, op) ?? deleteRange(turn, op);
    case "txn":
      return txn(turn, op);
    case "propose":
      return propose(turn, op);
    case "lease-grant":
      return leaseGrant(turn, op);
    case "lease-keep-alive":
      return leaseKeepAlive(turn, op);
    case "lease-revoke":
      return leaseRevoke(turn, op);
    case "lease-expire":
      return leaseExpire(turn, op);
    case "compact":
      return compactCommand(op, turn.before, turn.compact);
  }
}
