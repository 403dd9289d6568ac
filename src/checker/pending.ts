import { type RegisterOperation, returnOf } from "./history.ts";

/**
 * The operations that a search has not placed yet: a linked list in call order, with undo (Lowe, Testing for
 * Linearizability, §3). Open operations bind nobody: they are kept apart, and may stay unplaced.
 */
export class Pending {
  /** Positions below `definiteCount` are definite, in call order; the rest are open, in call order. */
  readonly items: readonly { readonly op: RegisterOperation; readonly index: number }[];
  readonly definiteCount: number;
  remaining: number;
  readonly placed: number[] = [];
  /** How many definite operations still have to see a given thing, by its name. */
  readonly observers = new Map<string, number>();
  /** Two 32-bit sums that name the set of placed operations; a set is met twice with other members once in 2^64. */
  hashLow = 0;
  hashHigh = 0;

  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #isPlaced: Uint8Array;
  readonly #calls: Float64Array;
  readonly #returns: Float64Array;
  readonly #observed: readonly (string | null)[];

  /**
   * `judged` leaves out what the search does not place (local reads, reads without an answer); `observed` names what an
   * operation has to find.
   */
  constructor(
    operations: readonly RegisterOperation[],
    judged: (op: RegisterOperation) => boolean,
    observed: (op: RegisterOperation) => string | null,
  ) {
    const all = operations.map((op, index) => ({ op, index })).filter(({ op }) => judged(op));
    const byCall = all.sort((a, b) => a.op.call - b.op.call);
    const definite = byCall.filter(({ op }) => op.outcome.kind === "ok");
    this.items = [...definite, ...byCall.filter(({ op }) => op.outcome.kind !== "ok")];
    this.definiteCount = definite.length;
    this.remaining = definite.length;
    this.#calls = Float64Array.from(this.items, ({ op }) => op.call);
    this.#returns = Float64Array.from(this.items, ({ op }) => returnOf(op));
    this.#observed = this.items.map(({ op }) => observed(op));
    for (let at = 0; at < this.definiteCount; at++) this.#observe(at, 1);
    this.#isPlaced = new Uint8Array(this.items.length);
    // One sentinel at the end closes the ring.
    const size = this.definiteCount + 1;
    this.#next = Int32Array.from({ length: size }, (_, position) => (position + 1) % size);
    this.#previous = Int32Array.from({ length: size }, (_, position) => (position + size - 1) % size);
  }

  /** Definite positions that no unplaced operation has to precede, and the time by which one of them has to be next. */
  enabled(): { readonly positions: readonly number[]; readonly deadline: number } {
    const positions: number[] = [];
    const end = this.definiteCount;
    let deadline = Number.POSITIVE_INFINITY;
    for (let at = this.#next[end] ?? end; at !== end; at = this.#next[at] ?? end) {
      if ((this.#calls[at] ?? 0) > deadline) break;
      positions.push(at);
      deadline = Math.min(deadline, this.#returns[at] ?? deadline);
    }
    return { positions, deadline };
  }

  /** Open positions that may be placed before a deadline. */
  openBy(deadline: number): readonly number[] {
    const positions: number[] = [];
    for (let at = this.definiteCount; at < this.items.length && (this.#calls[at] ?? 0) <= deadline; at++) {
      if (this.#isPlaced[at] === 0) positions.push(at);
    }
    return positions;
  }

  at(position: number): { readonly op: RegisterOperation; readonly index: number } {
    const item = this.items[position];
    if (item === undefined) throw new Error(`no operation at ${position}`);
    return item;
  }

  /** What a definite operation has to find. */
  observed(position: number): string | null {
    return position < this.definiteCount ? (this.#observed[position] ?? null) : null;
  }

  place(position: number): void {
    this.placed.push(position);
    this.#toggle(position, 1);
    if (position >= this.definiteCount) return;
    const next = this.#next[position] ?? 0;
    const previous = this.#previous[position] ?? 0;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.remaining -= 1;
    this.#observe(position, -1);
  }

  /** Takes back the newest placements until `count` are left. */
  undoTo(count: number): void {
    while (this.placed.length > count) {
      const position = this.placed.pop() ?? 0;
      this.#toggle(position, 0);
      if (position >= this.definiteCount) continue;
      this.#next[this.#previous[position] ?? 0] = position;
      this.#previous[this.#next[position] ?? 0] = position;
      this.remaining += 1;
      this.#observe(position, 1);
    }
  }

  #observe(position: number, change: 1 | -1): void {
    const name = this.observed(position);
    if (name !== null) this.observers.set(name, (this.observers.get(name) ?? 0) + change);
  }

  #toggle(position: number, isPlaced: 0 | 1): void {
    this.#isPlaced[position] = isPlaced;
    this.hashLow ^= mix(position * 2 + 1);
    this.hashHigh ^= mix(position * 2 + 0x40000000);
  }
}

/** A fixed 32-bit scrambling (murmur3's finalizer, after a golden-ratio step). */
function mix(seed: number): number {
  let word = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
