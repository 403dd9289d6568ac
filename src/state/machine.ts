import { bytesToHex } from "@noble/hashes/utils.js";
import type { LeaseId, Revision } from "../api/key-value.ts";
import { invariant } from "../core/invariant.ts";
import { type Applied, type AppliedEntry, type Applying, applyEntries, entryCost, type Try } from "./apply.ts";
import type { Refusal, Refused, Result } from "./command.ts";
import { compactSome } from "./compaction.ts";
import type { CostLimits } from "./cost.ts";
import { type EventFilter, type EventPage, eventsRead } from "./event.ts";
import { HeadCache } from "./heads.ts";
import { type InstallProgress, installBegin, installFinish, installPage, installProgress } from "./install.ts";
import { keptDecode } from "./kept-result.ts";
import { type LeaseHeld, leaseOf, leasesOf } from "./lease.ts";
import { EXACTLY_ONCE_SLOTS, STATE_LIMITS, type StateLimits } from "./limits.ts";
import { type Meta, metaLoad, metaSave } from "./meta.ts";
import { OPERATIONS, type Operations } from "./ops/registry.ts";
import type { Query, QueryResult } from "./queries.ts";
import { queryAnswer } from "./query.ts";
import type { View } from "./range.ts";
import { requestFind } from "./request.ts";
import { ResultBudget } from "./result-budget.ts";
import { schemaCreate, schemaReset } from "./schema.ts";
import {
  type SnapshotCursor,
  type SnapshotHead,
  type SnapshotPage,
  type SnapshotStale,
  snapshotHead,
  snapshotPage,
} from "./snapshot.ts";
import type { Sql } from "./sql.ts";

export interface StateMachineOptions {
  /** B of the protocol, "Exactly once". All learners of a namespace must agree; only simulations want another. */
  readonly exactlyOnceSlots?: number;
  readonly limits?: StateLimits;
  /** The operations there are; only tests have others. */
  readonly operations?: Operations;
  /** What commands may cost. All learners of a namespace must agree. */
  readonly costs?: CostLimits;
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
  readonly #operations: Operations;
  readonly #heads = new HeadCache();
  readonly #applying: Applying;
  #meta: Meta;

  /** Opens the state kept in `sql`, creating the tables that are absent. */
  constructor(sql: Sql, options: StateMachineOptions = {}) {
    this.#sql = sql;
    this.#bound = options.exactlyOnceSlots ?? EXACTLY_ONCE_SLOTS;
    this.#limits = options.limits ?? STATE_LIMITS;
    this.#operations = options.operations ?? OPERATIONS;
    this.#applying = {
      sql,
      heads: this.#heads,
      bound: this.#bound,
      operations: this.#operations,
      costs: options.costs,
    };
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
    const { applied, meta, budget } = this.#tryOne(slot, entry, heardMs, before, "commit");
    this.#meta = meta;
    return { applied, budget };
  }

  /** Tries until every command that must be refused for what shows only while it runs is refused. */
  #tryOne(slot: number, entry: AppliedEntry, heardMs: number, before: ResultBudget, ending: Try["ending"]) {
    invariant(slot === this.#meta.applied + 1, `14: slot ${slot} applied after ${this.#meta.applied}`);
    const refusals = new Map<number, Refusal>();
    const cost = entryCost(this.#applying);
    for (;;) {
      const budget = new ResultBudget(before);
      const attempt = applyEntries(this.#applying, this.#meta, {
        entries: [entry],
        refusals,
        heardMs,
        budget,
        cost,
        ending,
      });
      if (attempt.kind === "withdrawn") refusals.set(attempt.index, attempt.why);
      else return { applied: only(attempt.applied), meta: attempt.meta, budget };
    }
  }

  /**
   * Applies what was chosen in `slot` and the slots after it, in one go: the same as one after another, but that all of
   * them become durable together. For each its results and events.
   */
  applyAll(slot: number, entries: readonly AppliedEntry[], heardMs = 0): readonly Applied[] {
    if (entries.length > 1) {
      invariant(slot === this.#meta.applied + 1, `14: slot ${slot} applied after ${this.#meta.applied}`);
      const together = { entries, refusals: new Map(), heardMs, budget: new ResultBudget(), ending: "commit" } as const;
      const attempt = applyEntries(this.#applying, this.#meta, together);
      if (attempt.kind === "applied") {
        this.#meta = attempt.meta;
        return attempt.applied;
      }
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
    return this.#tryOne(slot, entry, 0, new ResultBudget(), "roll back").applied.results;
  }

  query(query: Query): QueryResult {
    return queryAnswer(this.#sql, this.#view(), query, this.#limits.queryCostMax);
  }

  /** The first result of a request, as long as its id is kept. */
  result(requestId: string): Result | undefined {
    const seen = requestFind(this.#sql, requestId, this.#meta.applied, this.#bound);
    return seen && keptDecode(this.#operations, this.#sql, seen.kept);
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

  /** Deletes some rows that compaction put out of sight. Not replicated, and invisible. Whether there is more to do. */
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

  /** Replaces the state by the snapshot collected, at once; false if that would lower anything: it is dropped then. */
  installFinish(): boolean {
    const meta = this.#sql.transaction(() => installFinish(this.#sql, this.#meta));
    if (!meta) return false;
    this.#meta = meta;
    this.#heads.clear();
    return true;
  }

  /** Empties the state, as of a learner that applied nothing. `also` takes effect with it or not at all. */
  wipe(also: () => void): void {
    this.#sql.transaction(() => [schemaReset(this.#sql), also()]);
    this.#meta = metaLoad(this.#sql);
    this.#heads.clear();
  }

  #view(): View {
    return { revision: this.#meta.revision, compact: this.#meta.compact };
  }
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  invariant(item !== undefined && items.length === 1, "there is exactly one");
  return item;
}
