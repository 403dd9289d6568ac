import type { LeaseId } from "../../src/api/key-value.ts";
import type { Command, Op, RangeOp, Result } from "../../src/state/command.ts";
import type { QueryResult } from "../../src/state/queries.ts";
import { ModelStore, textOf, type Version } from "./model-store.ts";
import { ModelTurn } from "./model-turn.ts";
import { modelTxn } from "./model-txn.ts";
import { isStamped, STAMP_LEVEL, stampWritten } from "./stamped-put.ts";
import { demand } from "./violation.ts";

/** From this level on repeats of a request are compared by fingerprint. */
const FINGERPRINTS = 1;

export interface Remembered {
  readonly slot: number;
  readonly result: Result;
  /** The fingerprint of the request that was applied. */
  readonly print: string | undefined;
  /** What was compacted after it. */
  readonly compact: number;
}

export interface ModelLease {
  readonly ttl: number;
  /** The slot of the grant, or of the last renewal. */
  readonly renewals: number;
}

/** A command as it was applied: the first time, or once more. */
export interface Operated {
  readonly command: Command;
  readonly result: Result;
  /** Nothing changed, and nothing is kept of it: it repeats a request, or comes under another request's id. */
  readonly isRepeat: boolean;
}

/** An entry of the log. */
export interface ModelEntry {
  /** The level at which a namespace begins whose first command is in this entry. */
  readonly genesis?: number;
  readonly commands: readonly Command[];
}

/** What a learner holds besides keys, at the slot it has applied. */
export interface LearnerState {
  readonly slot: number;
  readonly revision: number;
  readonly digest: string;
  readonly compact: number;
  /** In the words of `leasesText`. */
  readonly leases: string;
  readonly level: number;
}

type AfterSlot = Omit<LearnerState, "slot" | "digest">;

/**
 * What the decided log means, worked out with nothing but maps: the oracle for every result, read, event and digest of
 * the learners. Written against the protocol and the data model, shares no code with them.
 */
export class KvModel {
  slot = 0;
  /** An empty store is at revision 1. */
  revision = 1;
  /** Reads below it are refused; 0 before the first compaction, which even 0 may be the aim of. */
  compact = -1;
  /** The feature level: commands of a higher one are refused. */
  level = 0;
  readonly store = new ModelStore();
  readonly leases = new Map<LeaseId, ModelLease>();
  readonly requests = new Map<string, Remembered>();
  readonly #after: AfterSlot[] = [{ revision: 1, compact: 0, leases: "", level: 0 }];
  /** Refusals that are not kept under the id, by id and fingerprint. */
  readonly #refusals = new Map<string, Remembered[]>();
  readonly #proposals = new Map<string, { value: string; slot: number; request: string }>();
  readonly #digests = new Map<number, string>();

  get events() {
    return this.store.events;
  }

  /** Applies the next slot. */
  apply({ genesis, commands }: ModelEntry): readonly Operated[] {
    this.slot++;
    if (genesis !== undefined && this.requests.size === 0) this.level = Math.max(this.level, genesis);
    const operated = commands.map((command) => this.#applied(command));
    const { revision, level } = this;
    this.#after.push({ revision, compact: Math.max(0, this.compact), leases: this.#leasesText(), level });
    return operated;
  }

  /** What a request under this id and with this fingerprint came to: more than one where it was refused and the id left free. */
  outcomes(id: string, print: string | undefined): readonly Remembered[] {
    const known = this.requests.get(id);
    const first = known !== undefined && !isReused(known, print) ? [known] : [];
    return [...first, ...(this.#refusals.get(`${id} ${print}`) ?? [])];
  }

  versionAt(key: string, revision: number): Version | undefined {
    return this.store.versionAt(key, revision);
  }

  /** The compacted revision that whoever shows `revision` must know of at least. */
  compactAt(revision: number): number {
    return this.#after.find((after) => after.revision >= revision)?.compact ?? Math.max(0, this.compact);
  }

  /** Whether somebody at `revision` may say that everything below `compact` is gone. */
  mayBeCompacted(revision: number, compact: number): boolean {
    return this.#after.some((after) => after.revision === revision && after.compact === compact);
  }

  /** The leases held, as text, by whoever is at `revision` and has applied `slot` at least: after each slot it may be at. */
  leasesAt(revision: number, slot: number): readonly string[] {
    return this.#after.slice(slot).flatMap((after) => (after.revision === revision ? [after.leases] : []));
  }

  /** What a store at `revision` answers to a read that is not refused. */
  range(op: RangeOp, revision: number): QueryResult {
    return new ModelTurn(this.store, revision, this.compact, this.leases).range(op);
  }

  proposal(key: string): { readonly value: string; readonly slot: number } | undefined {
    return this.#proposals.get(key);
  }

  /** 14: a learner that has applied up to `slot` looks as everybody else did there. */
  learner(name: string, { slot, revision, digest, compact, leases, level }: LearnerState): void {
    const after = this.#after[slot];
    demand(after !== undefined, () => `14: ${name} applied slot ${slot}; the log is decided up to ${this.slot}`);
    demand(
      revision === after.revision,
      () => `14: ${name} is at revision ${revision} after slot ${slot}, not ${after.revision}`,
    );
    demand(
      compact === after.compact,
      () => `14: ${name} is compacted to ${compact} after slot ${slot}, not ${after.compact}`,
    );
    demand(leases === after.leases, () => `14: ${name} has leases ${leases} after slot ${slot}, not ${after.leases}`);
    demand(level === after.level, () => `14: ${name} is at level ${level} after slot ${slot}, not ${after.level}`);
    const known = this.#digests.get(slot);
    demand(known === undefined || known === digest, () => `14: ${name} has another digest at slot ${slot}`);
    this.#digests.set(slot, digest);
  }

  /** Whether another learner had this digest after `slot`. */
  hasDigest(slot: number, digest: string): boolean {
    return this.#digests.get(slot) === digest;
  }

  #applied(command: Command): Operated {
    const { id, print, op } = command;
    const known = this.requests.get(id);
    if (known !== undefined) {
      const isOther = this.level >= FINGERPRINTS && isReused(known, print);
      return isOther ? this.#unkept(command, "reused") : { command, result: known.result, isRepeat: true };
    }
    if (isStamped(op) && this.level < STAMP_LEVEL) return this.#unkept(command, "upgrading");
    const result = this.#operate(command);
    this.requests.set(id, { slot: this.slot, print, compact: Math.max(0, this.compact), result });
    return { command, result, isRepeat: false };
  }

  /** A refusal that leaves the id free. */
  #unkept(command: Command, why: "reused" | "upgrading"): Operated {
    const { id, print } = command;
    const result = { kind: "refused", why, revision: this.revision } as const;
    const name = `${id} ${print}`;
    const before = this.#refusals.get(name) ?? [];
    this.#refusals.set(name, [...before, { slot: this.slot, print, compact: Math.max(0, this.compact), result }]);
    return { command, result, isRepeat: true };
  }

  #operate({ id, op, actor, time }: Command): Result {
    const labels = { ...(actor === undefined ? {} : { actor }), ...(time === undefined ? {} : { time }) };
    const turn = new ModelTurn(this.store, this.revision, this.compact, this.leases, labels);
    const result = this.#result(turn, id, op);
    this.revision = turn.now;
    return result;
  }

  #result(turn: ModelTurn, id: string, op: Op): Result {
    switch (op.kind) {
      case "put":
        return turn.putRefused(op) ?? turn.put(isStamped(op) ? stampWritten(op) : op);
      case "delete":
        return turn.conditionRefused(op) ?? turn.delete(op);
      case "txn":
        return modelTxn(turn, op);
      case "propose":
        return this.#propose(id, op);
      case "lease-grant": {
        if (this.leases.has(op.lease)) return turn.refuse("lease-exists");
        const ttl = Math.max(2, op.ttl);
        this.leases.set(op.lease, { ttl, renewals: this.slot });
        return { kind: "lease-grant", revision: this.revision, lease: op.lease, ttl };
      }
      case "quota":
      case "restore":
        throw new Error("the model restores nothing, and has no quotas");
      case "raise":
        this.level = Math.max(this.level, op.level);
        return { kind: "raise", revision: this.revision, level: this.level };
      case "lease-keep-alive": {
        const held = this.leases.get(op.lease);
        if (held === undefined) return turn.refuse("lease-not-found");
        this.leases.set(op.lease, { ttl: held.ttl, renewals: this.slot });
        return { kind: "lease-keep-alive", revision: this.revision, lease: op.lease, ttl: held.ttl };
      }
      case "lease-revoke":
        if (!this.leases.has(op.lease)) return turn.refuse("lease-not-found");
        return { kind: "lease-revoke", ...this.#leaseEnd(turn, op.lease) };
      case "lease-expire": {
        const isDue = this.leases.get(op.lease)?.renewals === op.renewals;
        const ended = isDue ? this.#leaseEnd(turn, op.lease) : { revision: this.revision, deleted: 0 };
        return { kind: "lease-expire", ...ended };
      }
      case "compact":
        if (op.revision <= this.compact) return turn.refuse("compacted");
        if (op.revision > this.revision) return turn.refuse("future-revision");
        this.compact = op.revision;
        return { kind: "compact", revision: this.revision };
    }
  }

  /** The keys of a lease: those whose newest version names it. */
  #leaseKeys(lease: LeaseId): readonly string[] {
    const all = this.store.keysAt({ key: new Uint8Array([0]), end: new Uint8Array([0]) }, this.revision);
    return all.filter((key) => this.store.versionAt(key, this.revision)?.lease === lease);
  }

  #leaseEnd(turn: ModelTurn, lease: LeaseId): { readonly revision: number; readonly deleted: number } {
    const keys = this.#leaseKeys(lease);
    for (const key of keys) turn.remove(key);
    this.leases.delete(lease);
    return { revision: turn.now, deleted: keys.length };
  }

  #leasesText(): string {
    return leasesText(
      [...this.leases].map(([lease, { ttl, renewals }]) => ({ lease, ttl, renewals, keys: this.#leaseKeys(lease) })),
    );
  }

  #propose(request: string, op: Op & { kind: "propose" }): Result {
    const key = textOf(op.key);
    let chosen = this.#proposals.get(key);
    if (chosen === undefined) {
      chosen = { value: textOf(op.value), slot: this.slot, request };
      this.#proposals.set(key, chosen);
    }
    const value = new TextEncoder().encode(chosen.value);
    return { kind: "propose", revision: this.revision, value, won: chosen.request === request, slot: chosen.slot };
  }
}

/** Whether a request is another than the one that has its id. */
function isReused(known: Remembered, print: string | undefined): boolean {
  return known.print !== undefined && print !== undefined && known.print !== print;
}

/** Leases with all that is held of them but clocks, as text. */
export function leasesText(leases: readonly (ModelLease & { lease: LeaseId; keys: readonly string[] })[]): string {
  const lines = leases.map(({ lease, ttl, renewals, keys }) => `${lease}:${ttl}s@${renewals}[${keys.join()}]`);
  return lines.sort().join(" ");
}
