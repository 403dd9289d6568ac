import { type Cause, ViolationFound, type Visit } from "./cause.ts";
import type { Config } from "./config.ts";
import { Deliveries } from "./deliveries.ts";
import { Interner } from "./interner.ts";
import { Ledger } from "./ledger.ts";
import { Owners } from "./owners.ts";
import { Sometimes } from "./sometimes.ts";
import { Space } from "./space.ts";
import type { Violation } from "./step.ts";
import { wordsSort } from "./words.ts";
import { worldOf } from "./world.ts";

export interface SearchOptions {
  /** Look only at what was decided, told or answered, not at rules broken on the way. */
  readonly outcomesOnly?: boolean;
  readonly statesMax?: number;
}

export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  /** Of the last state looked at: messages delivered and decisions taken. */
  readonly depth: number;
  readonly seconds: number;
  /** Nothing is left to look at. */
  readonly complete: boolean;
  readonly sometimes: ReadonlyMap<string, number>;
  readonly violation?: Violation & {
    readonly state: number;
    readonly cause: Cause;
    readonly places: readonly number[];
  };
}

/**
 * Breadth-first over every state of one configuration, so that a violation is found by a shortest way.
 *
 * A state is the number of its global part and those of its acceptors' columns, sorted: no function of the protocol
 * cares which acceptor is which, so states that differ in their order are one. Acceptor, selection and the counting of
 * votes are pure, so each is run once for each different input and its answer looked up afterwards.
 *
 * The network is the set of all messages ever sent: any of them may arrive at any time, any number of times, or
 * never. A reply is kept by whom it is for, or lost; to be late is to be used late. A crash needs no states either:
 * an acceptor is read back from what it stored before every single message, and a proposer that crashed is one that
 * does no more, whose restart is the next attempt. Not here: bodies, the window, leases, more than two slots.
 */
export class Search {
  readonly space: Space;
  readonly members: number;
  readonly #statesMax: number;
  readonly #sometimes = new Sometimes();
  readonly #deliveries: Deliveries;
  readonly #owners: Owners;
  readonly #states: Interner;
  /** In chunks, the state that each was first found from. */
  readonly #parents: Uint32Array[] = [];
  readonly #sorted: Uint32Array;

  constructor(config: Config, { outcomesOnly = false, statesMax = Number.POSITIVE_INFINITY }: SearchOptions = {}) {
    this.members = config.members;
    this.#statesMax = statesMax;
    this.space = new Space(worldOf(config), outcomesOnly);
    const ledger = new Ledger(this.space);
    this.#deliveries = new Deliveries(this.space, ledger, this.#sometimes);
    this.#owners = new Owners(this.space, ledger, this.#sometimes);
    this.#states = new Interner(1 + config.members);
    this.#sorted = new Uint32Array(1 + config.members);
  }

  run(): SearchResult {
    const start = performance.now();
    const here = new Uint32Array(1 + this.members);
    this.#reached(here, 0);
    let at = 0;
    let depth = 0;
    let levelEnd = 1;
    let transitions = 0;
    let violation: SearchResult["violation"];
    const visit: Visit = (words) => {
      transitions++;
      this.#reached(words, at);
    };
    for (; at < this.#states.size && this.#states.size < this.#statesMax; at++) {
      if (at === levelEnd) {
        depth++;
        levelEnd = this.#states.size;
      }
      this.#states.read(at, here);
      try {
        this.#expand(here, visit);
      } catch (error) {
        if (!(error instanceof ViolationFound)) throw error;
        violation = { ...error.violation, state: at, cause: error.how, places: error.places };
        break;
      }
    }
    const { size: states } = this.#states;
    const seconds = (performance.now() - start) / 1000;
    const { counts: sometimes } = this.#sometimes;
    const result = { states, transitions, depth, seconds, complete: at === states, sometimes };
    return violation === undefined ? result : { ...result, violation };
  }

  /** States from the first to `index`. */
  path(index: number): Uint32Array[] {
    const path: Uint32Array[] = [];
    for (let at = index; ; at = (this.#parents[at >>> 16] as Uint32Array)[at & 0xffff] as number) {
      const words = new Uint32Array(1 + this.members);
      this.#states.read(at, words);
      path.unshift(words);
      if (at === 0) return path;
    }
  }

  /** Some way to come from `from` to `to`; `words` is `to` with the acceptors in the places they had in `from`. */
  wayBetween(from: Uint32Array, to: Uint32Array): { words: Uint32Array; cause: Cause; places: readonly number[] } {
    let found: { words: Uint32Array; cause: Cause; places: readonly number[] } | undefined;
    this.#expand(from, (words, cause, places) => {
      if (found !== undefined || !this.#canonical(words).every((word, index) => word === to[index])) return;
      found = { words: words.slice(), cause, places: [...places] };
    });
    if (found === undefined) throw new Error("no way leads there");
    return found;
  }

  #expand(words: Uint32Array, visit: Visit): void {
    this.#deliveries.expand(words, visit);
    this.#owners.expand(words, visit);
  }

  #reached(words: Uint32Array, from: number): void {
    const size = this.#states.size;
    if (this.#states.intern(this.#canonical(words)) !== size) return;
    if ((size & 0xffff) === 0) this.#parents.push(new Uint32Array(0x10000));
    (this.#parents[size >>> 16] as Uint32Array)[size & 0xffff] = from;
  }

  #canonical(words: Uint32Array): Uint32Array {
    this.#sorted.set(words);
    wordsSort(this.#sorted, 1, 1 + this.members);
    return this.#sorted;
  }
}
