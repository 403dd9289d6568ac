import type { WatchEvent } from "../../api/key-value.ts";
import { ChosenBuffer } from "../../core/learner.ts";
import type { Entry, Slot } from "../../core/log.ts";
import type { Host } from "../../network/host.ts";
import type { Command, Result } from "../../state/command.ts";
import { type EntryBody, entryContent, entryDecode } from "../../state/entry.ts";
import { StateMachine } from "../../state/machine.ts";
import type { StateMachineOptions } from "../../state/machine-options.ts";
import type { Sql } from "../../state/sql.ts";
import type { NodeLimits } from "../limits.ts";
import type { OwnEntry } from "../propose/own-entry.ts";
import type { Decided } from "../rpc/call.ts";
import type { RequestRef } from "../rpc/request-ref.ts";
import { CHECKPOINT_SLOTS, DigestBook } from "./digest-book.ts";
import { Freshness } from "./freshness.ts";
import { RecentEntries } from "./recent.ts";
import { RecentResults } from "./recent-results.ts";
import { Waiters } from "./waiters.ts";

/** The parts of a learner that act on each change of its state. */
export interface ReplicaListener {
  /** Entries were applied; `events` are their changes: whole revisions in order, or none. */
  applied(events: readonly WatchEvent[], commands: readonly Command[]): void;
  /** Of what was applied, `slot` raised the level without asking the learners of these regions. */
  excluded(regions: readonly string[], slot: Slot): void;
  /** The state was replaced by a newer one: read on from it. */
  installed(): void;
}

/** What entries that are applied in one turn change, in order. */
interface Changes {
  readonly events: WatchEvent[];
  readonly commands: Command[];
  readonly exclusions: { readonly regions: readonly string[]; readonly slot: Slot }[];
}

export interface ReplicaOptions {
  readonly sql: Sql;
  readonly host: Host;
  readonly limits: NodeLimits;
  readonly machine?: StateMachineOptions | undefined;
}

/** A learner's copy of the state, and the way of chosen entries into it: any order in, slot order applied. */
export class Replica {
  readonly machine: StateMachine;
  /** The newest applied entries. */
  readonly recent: RecentEntries;
  /** Of the latest states. */
  readonly digests = new DigestBook();
  readonly #host: Host;
  readonly #limits: NodeLimits;
  readonly #listener: ReplicaListener;
  readonly #waiters: Waiters;
  readonly #buffer: ChosenBuffer;
  readonly #results: RecentResults;
  #freshness = new Freshness();
  /** Since when something is missing below what is known to be chosen. */
  #behindSince: number | undefined;

  constructor({ sql, host, limits, machine }: ReplicaOptions, listener: ReplicaListener) {
    this.machine = new StateMachine(sql, machine);
    this.recent = new RecentEntries(limits);
    this.#host = host;
    this.#limits = limits;
    this.#listener = listener;
    this.#waiters = new Waiters(host);
    this.#buffer = new ChosenBuffer(limits.pendingEntriesMax, limits.pendingBytesMax);
    this.#results = new RecentResults(limits);
    this.digests.add(this.appliedUpTo, this.machine.digest);
  }

  get appliedUpTo(): Slot {
    return this.machine.appliedUpTo;
  }

  /** The highest slot known to be chosen, applied or not. */
  get highestChosen(): Slot {
    return Math.max(this.appliedUpTo, this.#buffer.highest);
  }

  /** How long ago the last quorum read began that showed nothing to be missing; undefined when there was none. */
  get lagMs(): number | undefined {
    return this.#freshness.lagMs(this.#host.now());
  }

  /** For how long it has missed something that it knows to be chosen; 0 while it misses nothing. */
  get behindMs(): number {
    return this.#behindSince === undefined ? 0 : this.#host.now() - this.#behindSince;
  }

  /** A quorum read that began at `startedAt` found that every slot up to `slot` may be chosen. */
  readQuorum(slot: Slot, startedAt: number): void {
    this.#freshness.read(slot, startedAt, this.appliedUpTo);
  }

  /**
   * Keeps chosen entries and applies those that follow the applied prefix. Returns the ones that were not known. `own`:
   * one of them that was encoded here, which is not decoded if it is applied now.
   */
  take(decided: readonly Decided[], own?: OwnEntry): readonly Decided[] {
    const fresh = decided.filter(({ slot }) => slot > this.appliedUpTo && this.#buffer.get(slot) === undefined);
    for (const { slot, entry } of fresh) this.#buffer.add(slot, entry);
    this.#apply(own);
    this.#noteBehind();
    return fresh;
  }

  /** Runs `install`, which replaces the state by a newer one, and tells the listener. */
  install(install: () => boolean): boolean {
    if (!install()) return false;
    this.#buffer.dropUpTo(this.appliedUpTo);
    this.digests.add(this.appliedUpTo, this.machine.digest);
    this.#apply();
    this.#noteBehind();
    this.#listener.installed();
    this.#waiters.changed();
    return true;
  }

  /** Begins the state anew, as that of a learner without a disk. `also` takes effect with it or not at all. */
  wipe(also: () => void): void {
    this.machine.wipe(also);
    this.recent.clear();
    this.#results.clear();
    this.digests.clear();
    this.#freshness = new Freshness();
  }

  /** Resolves once `slot` is applied, or after `ms`; whether it is. */
  reached(slot: Slot, ms: number): Promise<boolean> {
    return this.until(() => this.appliedUpTo >= slot, ms);
  }

  /** Resolves once `ready`, which is asked after every change, or after `ms`; whether it is. */
  until(ready: () => boolean, ms: number): Promise<boolean> {
    return this.#waiters.until(ready, ms);
  }

  /**
   * The first result of a request: whole, if it is recent, else the part of it that is kept. Of a command of which
   * nothing is kept, what it came to in `slot`, as long as that is remembered.
   */
  result(request: RequestRef, slot: Slot): Result | undefined {
    return this.#results.get(request, slot) ?? this.machine.result(request.id, request.print);
  }

  #noteBehind(): void {
    if (this.#buffer.highest <= this.appliedUpTo) this.#behindSince = undefined;
    else this.#behindSince ??= this.#host.now();
  }

  #apply(own?: OwnEntry): void {
    const changes: Changes = { events: [], commands: [], exclusions: [] };
    let group = this.#next();
    if (group.length === 0) return;
    while (group.length > 0) {
      this.#applyGroup(group, changes, own);
      group = this.machine.stopped === undefined ? this.#next() : [];
    }
    this.#freshness.applied(this.appliedUpTo);
    // A listener that fails is no reason to let anybody wait who waits for what is applied.
    try {
      this.#listener.applied(changes.events, changes.commands);
    } finally {
      this.#waiters.changed();
    }
    for (const { regions, slot } of changes.exclusions) this.#listener.excluded(regions, slot);
  }

  /** Adds what they change to `changes`. */
  #applyGroup(group: readonly Entry[], { events, commands, exclusions }: Changes, own?: OwnEntry): void {
    const first = this.appliedUpTo + 1;
    const entries = group.map((entry) => ({ ...entry, ...contentOf(entry, own) }));
    const applied = this.machine.applyAll(first, entries, this.#host.now());
    this.digests.add(this.appliedUpTo, this.machine.digest);
    // An entry that this build does not know stays in the buffer, and is tried again: after an update it is known.
    for (const [index, entry] of group.slice(applied.length).entries()) {
      this.#buffer.add(first + applied.length + index, entry);
    }
    for (const [index, entry] of group.slice(0, applied.length).entries()) {
      this.recent.add(first + index, entry);
      entries[index]?.commands.forEach((command, at) => {
        commands.push(command);
        const result = applied[index]?.results[at];
        this.#results.add(command, first + index, result);
        const regions = excludedBy(command, result);
        if (regions.length > 0) exclusions.push({ regions, slot: first + index });
      });
      for (const event of applied[index]?.events ?? []) events.push(event);
    }
  }

  /**
   * Takes the entries that follow the applied prefix from the buffer: as many as go into one transaction, and none
   * beyond a checkpoint, whose digest is kept.
   */
  #next(): readonly Entry[] {
    const { appliedAtOnceMax, appliedAtOnceBytes } = this.#limits;
    const group: Entry[] = [];
    let bytes = 0;
    while (group.length < appliedAtOnceMax && bytes < appliedAtOnceBytes) {
      const entry = this.#buffer.take(this.appliedUpTo + group.length);
      if (entry === undefined) break;
      group.push(entry);
      bytes += entry.body.byteLength;
      if ((this.appliedUpTo + group.length) % CHECKPOINT_SLOTS === 0) break;
    }
    return group;
  }
}

/** The regions whose learners a raise excluded; a raise that was refused excludes none. */
function excludedBy({ op }: Command, result: Result | undefined): readonly string[] {
  return op.kind === "raise" && result?.kind === "raise" ? (op.exclude ?? []) : [];
}

/** Another learner may have told the slot's entry before: then it is another object, and is decoded as any. */
function contentOf(entry: Entry, own: OwnEntry | undefined): EntryBody {
  const made = entry === own?.entry ? entryContent(own.commands) : undefined;
  return made ?? entryDecode(entry.body);
}
