import { bytesToHex } from "@noble/hashes/utils.js";
import type { LeaseId, Revision } from "../api/key-value.ts";
import { invariant } from "../core/invariant.ts";
import { type Applied, type AppliedEntry, type Applying, applyEntries, entryCheck, type Try } from "./apply.ts";
import type { Refusal, Refused, Result } from "./command.ts";
import { compactSome } from "./compaction.ts";
import { COST_LIMITS, EntryCost } from "./cost.ts";
import { type EventPage, type EventsAsked, eventsRead } from "./event.ts";
import { HeadCache } from "./heads.ts";
import { type InstallProgress, installBegin, installFinish, installPage, installProgress } from "./install.ts";
import { keptDecode } from "./kept-result.ts";
import { type LeaseHeld, leaseOf, leasesOf } from "./lease.ts";
import { BUILD_LEVEL } from "./level.ts";
import { EXACTLY_ONCE_SLOTS, STATE_LIMITS, type StateLimits } from "./limits.ts";
import type { StateMachineOptions, Stopped } from "./machine-options.ts";
import { type Meta, metaLevel, metaLoad } from "./meta.ts";
import { only } from "./only.ts";
import type { AnyOp } from "./operation.ts";
import { OPERATIONS, type Operations } from "./ops/registry.ts";
import type { Query, QueryResult } from "./queries.ts";
import { queryAnswer } from "./query.ts";
import { refused } from "./refuse.ts";
import { requestFind, requestReused } from "./request.ts";
import { ResultBudget } from "./result-budget.ts";
import { scansCost } from "./scan-cost.ts";
import { schemaCreate, schemaReset } from "./schema.ts";
import {
  SNAPSHOT_FORMAT,
  type SnapshotCursor,
  type SnapshotHead,
  type SnapshotPage,
  type SnapshotStale,
  snapshotHead,
  snapshotPage,
} from "./snapshot.ts";
import type { Sql } from "./sql.ts";
import { Unsupported, unlessUnsupported } from "./support.ts";

/**
 * The replicated state machine (protocol, "Exactly once" and "State machine"): etcd's data model, leases and write-once
 * proposals. The same entries in the same order give the same state, results, events and digest everywhere: it has no clock, no
 * randomness and no I/O but `Sql`, and every call is one synchronous turn.
 */
export class StateMachine {
  readonly #sql: Sql;
  readonly #bound: number;
  readonly #limits: StateLimits;
  readonly #operations: Operations;
  readonly #heads = new HeadCache();
  readonly #applying: Applying;
  #meta: Meta;
  #stopped: Stopped | undefined;

  /** Opens the state kept in `sql`, creating the tables that are absent. */
  constructor(sql: Sql, options: StateMachineOptions = {}) {
    this.#sql = sql;
    this.#bound = options.exactlyOnceSlots ?? EXACTLY_ONCE_SLOTS;
    this.#limits = options.limits ?? STATE_LIMITS;
    this.#operations = options.operations ?? OPERATIONS;
    const { buildLevel = BUILD_LEVEL } = options;
    const [bound, operations, costs] = [this.#bound, this.#operations, options.costs];
    this.#applying = { sql, heads: this.#heads, bound, operations, buildLevel, costs };
    const stored = metaLevel(sql) ?? 0;
    // A newer build wrote it: nothing of it is served, changed or dropped.
    if (stored > buildLevel) throw new Unsupported(`the stored state of level ${stored}`);
    sql.transaction(() => schemaCreate(sql));
    this.#meta = metaLoad(sql);
  }

  /** The last slot applied; 0 when none is. */
  get appliedUpTo(): number {
    return this.#meta.applied;
  }

  get revision(): Revision {
    return this.#meta.revision;
  }

  /** Digest of what the state holds, from level 1 on: equal where keys, leases and proposals are. */
  get content(): string {
    return bytesToHex(this.#meta.content);
  }

  /** The feature level of the state. */
  get level(): number {
    return this.#meta.level;
  }

  /** The last revision that changed a document that decides what is permitted; 0 before the first. */
  get policyRevision(): Revision {
    return this.#meta.policy;
  }

  /** What the store holds, from `LEVEL_DOCUMENTS` on, and may hold. */
  get held(): Pick<Meta, "usage" | "quotas"> {
    return this.#meta;
  }

  /** The highest feature level that this build applies. */
  get buildLevel(): number {
    return this.#applying.buildLevel;
  }

  /** Whether the store is being restored, and not whole yet: then nothing of it can be read or written. */
  get isRestoring(): boolean {
    return this.#meta.restore !== null;
  }

  /** The entry that `applyAll` did not apply, because this build does not know all of it. */
  get stopped(): Stopped | undefined {
    return this.#stopped;
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
    entryCheck(this.#applying, entry);
    const refusals = new Map<number, Refusal>();
    const cost = new EntryCost(this.#applying.costs ?? COST_LIMITS);
    for (;;) {
      const budget = new ResultBudget(before);
      const one = { entries: [entry], refusals, heardMs, budget, cost, ending };
      const attempt = applyEntries(this.#applying, this.#meta, one);
      if (attempt.kind === "withdrawn") refusals.set(attempt.index, attempt.why);
      else return { applied: only(attempt.applied), meta: attempt.meta, budget };
    }
  }

  /**
   * Applies what was chosen in `slot` and the slots after it, in one go: the same as one after another, but that all of
   * them become durable together. For each its results and events; for fewer than asked for, if one of them has
   * something that this build does not know: it is `stopped` before that one.
   */
  applyAll(slot: number, entries: readonly AppliedEntry[], heardMs = 0): readonly Applied[] {
    this.#stopped = undefined;
    return this.#applyTogether(slot, entries, heardMs) ?? this.#applyEach(slot, entries, heardMs);
  }

  #applyTogether(slot: number, entries: readonly AppliedEntry[], heardMs: number): readonly Applied[] | undefined {
    invariant(slot === this.#meta.applied + 1, `14: slot ${slot} applied after ${this.#meta.applied}`);
    if (entries.length < 2) return undefined;
    const together = { entries, refusals: new Map(), heardMs, budget: new ResultBudget(), ending: "commit" } as const;
    const attempt = unlessUnsupported(() => {
      for (const entry of entries) entryCheck(this.#applying, entry);
      return applyEntries(this.#applying, this.#meta, together);
    });
    // One of them has a command to be refused for what shows only while it runs, or together they do too much.
    if (attempt instanceof Unsupported || attempt.kind === "withdrawn") return undefined;
    this.#meta = attempt.meta;
    return attempt.applied;
  }

  #applyEach(slot: number, entries: readonly AppliedEntry[], heardMs: number): readonly Applied[] {
    const all: Applied[] = [];
    let before = new ResultBudget();
    for (const [index, entry] of entries.entries()) {
      const one = unlessUnsupported(() => this.#applyOne(slot + index, entry, heardMs, before));
      if (one instanceof Unsupported) {
        this.#stopped = { slot: slot + index, why: one.message };
        break;
      }
      all.push(one.applied);
      before = one.budget;
    }
    return all;
  }

  /** What `apply` would answer for the next slot; nothing is changed. */
  preview(slot: number, entry: AppliedEntry): readonly Result[] {
    return this.#tryOne(slot, entry, 0, new ResultBudget(), "roll back").applied.results;
  }

  query(query: Query): QueryResult {
    return queryAnswer(this.#sql, this.#meta, query, this.#limits.queryCostMax);
  }

  /**
   * The first result of a request, as long as its id is kept; `reused`, if the id was another request's. Without a
   * fingerprint, that of whichever request had the id.
   */
  result(requestId: string, print?: string): Result | undefined {
    const seen = requestFind(this.#sql, requestId, this.#meta.applied, this.#bound);
    if (seen && requestReused(seen, print)) return refused("reused", this.#meta.revision);
    return seen && keptDecode(this.#operations, this.#sql, seen.kept);
  }

  /** See `scansCost`. */
  scansCost(op: AnyOp, max: number): number {
    return scansCost(this.#sql, this.#operations.of(op).scans(op), max);
  }

  /** See `eventsRead`. */
  events(...asked: EventsAsked): EventPage | Refused {
    return eventsRead(this.#sql, this.#meta, ...asked);
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
    const step = this.#sql.transaction(() => compactSome(this.#sql, this.#meta, rowsMax));
    this.#meta = step.meta;
    return step.more;
  }

  /**
   * Begins a snapshot of the state as it is: its head, from which the pages are then read in turn, starting at
   * `SNAPSHOT_FIRST`, while further slots are applied.
   */
  snapshotHead(): SnapshotHead {
    return snapshotHead(this.#sql, this.#meta, this.#limits.snapshotLeasesMax);
  }

  snapshotPage(
    head: Pick<SnapshotHead, "meta" | "areLeasesPaged">,
    at: SnapshotCursor,
    bytesMax: number = this.#limits.snapshotPageBytesMax,
  ): SnapshotPage | SnapshotStale {
    return snapshotPage(this.#sql, this.#meta, this.#bound, head, at, bytesMax);
  }

  /** What was collected of another learner's snapshot so far, across restarts. */
  installProgress(): InstallProgress | undefined {
    return installProgress(this.#sql);
  }

  /**
   * Begins to collect a snapshot. @returns false, having done nothing, if it is no newer than what is applied, or of a
   * format or level that this build does not know.
   */
  installBegin(head: SnapshotHead, heardMs = 0): boolean {
    if (head.format !== SNAPSHOT_FORMAT || head.meta.level > this.#applying.buildLevel) return false;
    if (head.meta.applied <= this.#meta.applied) return false;
    this.#sql.transaction(() => installBegin(this.#sql, head, heardMs));
    return true;
  }

  /** Collects a page; what is applied goes on serving meanwhile. A page that is not the next is ignored. */
  installPage(page: SnapshotPage, heardMs = 0): void {
    this.#sql.transaction(() => installPage(this.#sql, page, this.#bound, heardMs));
  }

  /** Replaces the state by the snapshot collected, at once; false if that would lower anything: it is dropped then. */
  installFinish(): boolean {
    const meta = this.#sql.transaction(() => installFinish(this.#sql, this.#meta));
    if (!meta) return false;
    this.#meta = meta;
    this.#stopped = undefined;
    this.#heads.clear();
    return true;
  }

  /** Empties the state, as of a learner that applied nothing. `also` takes effect with it or not at all. */
  wipe(also: () => void): void {
    this.#sql.transaction(() => [schemaReset(this.#sql), also()]);
    this.#meta = metaLoad(this.#sql);
    this.#heads.clear();
  }
}
