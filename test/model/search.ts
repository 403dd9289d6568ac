import type { Promised, VotesReply } from "../../src/core/message.ts";
import type { Slot } from "../../src/core/log.ts";
import { type Column, DROPPED, NOTHING_SERVED, voteParts } from "./column.ts";
import type { Config } from "./config.ts";
import { votesCount } from "./counted.ts";
import { type AttemptState, chosenPrefix, type Global, hintCode } from "./global.ts";
import { Interner } from "./interner.ts";
import { type Plan, planRun, wantsOf } from "./plan.ts";
import { readsCheck } from "./reading.ts";
import { ANY_BIT, choosableBelow } from "./safe.ts";
import { type Delivery, type Numbered, type NumberedGlobal, Space } from "./space.ts";
import type { Violation } from "./step.ts";
import { worldOf } from "./world.ts";

/** How a state came to be from the one before. Places are positions in the state it starts from. */
export type Action =
  | { readonly kind: "deliver"; readonly place: number; readonly message: number; readonly delivery?: Delivery }
  | {
      readonly kind: "plan";
      readonly attempt: number;
      readonly from: Slot;
      readonly upTo: Slot;
      readonly own: number | undefined;
      readonly places: readonly number[];
      readonly plan?: Plan;
    }
  | { readonly kind: "own"; readonly attempt: number; readonly what: string };

export interface SearchOptions {
  /** Look only at what was decided, told or answered, not at rules broken on the way. */
  readonly outcomesOnly?: boolean;
  readonly statesMax?: number;
}

export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  /** Nothing is left to search. */
  readonly complete: boolean;
  readonly sometimes: ReadonlyMap<string, number>;
  readonly violation?: Violation & { readonly state: number; readonly action: Action };
}

/** Called with each successor before it is numbered: its words, acceptors in their places; true ends the search. */
type Visit = (words: Uint32Array, action: Action) => boolean;

/** Breadth-first over every state of one configuration. A state is [global, acceptors...], each a number. */
export class Search {
  readonly space: Space;
  readonly members: number;
  readonly parents: Uint32Array[] = [];
  readonly #config: Config;
  readonly #options: SearchOptions;
  readonly #states: Interner;
  readonly #counts: Interner;
  readonly #counted: (readonly number[] | Violation)[] = [];
  readonly #plans: Interner;
  readonly #planned: (readonly (Plan | Violation)[])[] = [];
  readonly #reads: Interner;
  readonly #read: (boolean | Violation)[] = [];
  readonly #wants: readonly ReturnType<typeof wantsOf>[];
  readonly #sometimes = new Map<string, number>();
  readonly #here: Uint32Array;
  readonly #next: Uint32Array;
  readonly #sorted: Uint32Array;
  readonly #key: Uint32Array;
  readonly #planKey: Uint32Array;
  #visit: Visit = () => false;
  #found: (Violation & { state: number; action: Action }) | undefined;
  #at = 0;

  constructor(config: Config, options: SearchOptions = {}) {
    this.#config = config;
    this.#options = options;
    const world = worldOf(config);
    this.space = new Space(world);
    this.members = config.members;
    this.#states = new Interner(1 + config.members);
    this.#counts = new Interner(config.members);
    this.#reads = new Interner(2 + config.members);
    this.#plans = new Interner(3 + config.members);
    this.#wants = config.attempts.map((_, index) => wantsOf(world, index));
    this.#here = new Uint32Array(1 + config.members);
    this.#next = new Uint32Array(1 + config.members);
    this.#sorted = new Uint32Array(1 + config.members);
    this.#key = new Uint32Array(2 + config.members);
    this.#planKey = new Uint32Array(3 + config.members);
  }

  run(): SearchResult {
    const start = performance.now();
    const { statesMax = Number.POSITIVE_INFINITY } = this.#options;
    const parents: number[] | Uint32Array[] = this.parents;
    this.#states.intern(this.#here);
    this.#parentSet(parents, 0, 0);
    let transitions = 0;
    let depth = 0;
    let levelEnd = 1;
    this.#visit = (words) => {
      transitions++;
      const size = this.#states.size;
      if (this.#states.intern(this.#canonical(words)) === size) this.#parentSet(parents, size, this.#at);
      return false;
    };
    let at = 0;
    for (; at < this.#states.size && this.#found === undefined && this.#states.size < statesMax; at++) {
      if (at === levelEnd) {
        depth++;
        levelEnd = this.#states.size;
      }
      this.#expand(at);
    }
    return {
      states: this.#states.size,
      transitions,
      depth,
      seconds: (performance.now() - start) / 1000,
      complete: at === this.#states.size && this.#found === undefined,
      sometimes: this.#sometimes,
      ...(this.#found === undefined ? {} : { violation: this.#found }),
    };
  }

  /** Words of state `index`, acceptors in canonical places. */
  state(index: number): Uint32Array {
    const words = new Uint32Array(1 + this.members);
    this.#states.read(index, words);
    return words;
  }

  /** Some action that leads from state `from` to the canonical `to`, and the successor with places as in `from`. */
  actionBetween(from: number, to: Uint32Array): { readonly action: Action; readonly words: Uint32Array } {
    let found: { action: Action; words: Uint32Array } | undefined;
    this.#visit = (words, action) => {
      if (!this.#canonical(words).every((word, index) => word === to[index])) return false;
      found = { action, words: words.slice() };
      return true;
    };
    this.#expand(from);
    if (found === undefined) throw new Error("no action leads there");
    return found;
  }

  #parentSet(chunks: Uint32Array[], index: number, parent: number): void {
    if ((index & 0xffff) === 0) chunks.push(new Uint32Array(0x10000));
    (chunks[index >>> 16] as Uint32Array)[index & 0xffff] = parent;
  }

  parentOf(index: number): number {
    return (this.parents[index >>> 16] as Uint32Array)[index & 0xffff] as number;
  }

  /** Acceptors are interchangeable: a state is the same whatever order they stand in. */
  #canonical(words: Uint32Array): Uint32Array {
    const sorted = this.#sorted;
    sorted[0] = words[0] as number;
    for (let i = 1; i <= this.members; i++) {
      const word = words[i] as number;
      let at = i - 1;
      while (at > 0 && (sorted[at] as number) > word) {
        sorted[at + 1] = sorted[at] as number;
        at--;
      }
      sorted[at + 1] = word;
    }
    return sorted;
  }

  #expand(index: number): void {
    this.#at = index;
    const here = this.#here;
    this.#states.read(index, here);
    const numbered = this.space.globals[here[0] as number] as NumberedGlobal;
    for (let place = 1; place <= this.members; place++) {
      // Equal acceptors do equal things.
      if (place > 1 && here[place] === here[place - 1]) continue;
      for (const message of numbered.messages) {
        const delivery = this.space.deliver(here[place] as number, message);
        if (delivery === null) continue;
        if (this.#arrive(numbered, place, message, delivery)) return;
      }
    }
    const { attempts } = numbered.global;
    for (let attempt = 0; attempt < attempts.length; attempt++) {
      const state = attempts[attempt] as AttemptState;
      if (state.phase === "preparing" && this.#plansOf(numbered.global, state, attempt)) return;
      if (state.phase === "idle" && this.#starts(numbered.global, state, attempt)) return;
      if (state.phase === "leading" && this.#leads(numbered.global, state, attempt)) return;
    }
  }

  #fail(violation: Violation, action: () => Action): boolean {
    if (this.#options.outcomesOnly === true && !violation.outcome) return false;
    this.#found ??= { ...violation, state: this.#at, action: action() };
    return true;
  }

  #arrive(
    { id, global }: NumberedGlobal,
    place: number,
    message: number,
    delivery: Delivery | Violation,
  ): boolean {
    const action = (): Action => ({ kind: "deliver", place, message });
    if ("rule" in delivery) return this.#fail(delivery, action);
    const { step, columns, votesChanged, read } = delivery;
    if (step.violation !== undefined && this.#fail(step.violation, action)) return true;
    if (columns.length === 0 && global.hints.includes(step.hint)) return false;
    if (step.openUsed) this.#count("open used");

    const { next, space } = this;
    for (const column of columns.length === 0 ? [this.#here[place] as number] : columns) {
      next.set(this.#here);
      next[place] = column;
      let to = global;
      if (votesChanged) {
        const chosen = this.#chosen(next);
        if ("rule" in chosen) return this.#fail(chosen, action);
        if (chosen.some((code, at) => code !== global.chosen[at])) to = { ...to, chosen };
      }
      if (step.hint >= 0 && !to.hints.includes(step.hint)) {
        to = { ...to, hints: [...to.hints, step.hint].sort((a, b) => a - b) };
      }
      const numbered = space.columns[column] as Numbered;
      if (!claimsHold(numbered.claims, to.chosen)) {
        return this.#fail({ outcome: true, rule: "13: an acceptor serves as chosen what is not" }, action);
      }
      if (read && numbered.column.read !== 0) {
        if (to.owed < 0) to = { ...to, owed: chosenPrefix(to) };
        const checked = this.#readable(next, to);
        if (typeof checked !== "boolean") return this.#fail(checked, action);
        if (checked) this.#count("read had to finish a slot");
      }
      next[0] = to === global ? id : space.global(to);
      if (this.#visit(next, { kind: "deliver", place, message, delivery })) return true;
    }
    return false;
  }

  get next(): Uint32Array {
    return this.#next;
  }

  #count(name: string): void {
    this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + 1);
  }

  #columns(words: Uint32Array): Column[] {
    return Array.from(words.subarray(1), (word) => (this.space.columns[word] as Numbered).column);
  }

  /** Entries chosen, by the votes ever cast in the state `words`. */
  #chosen(words: Uint32Array): readonly number[] | Violation {
    const key = this.#key;
    for (let i = 0; i < this.members; i++) key[i] = (this.space.columns[words[i + 1] as number] as Numbered).votesId;
    sort(key, 0, this.members);
    const known = this.#counts.size;
    const found = this.#counts.intern(key);
    if (found === known) this.#counted.push(votesCount(this.space.world, this.#columns(words)));
    return this.#counted[found] as readonly number[] | Violation;
  }

  #readable(words: Uint32Array, global: Global): boolean | Violation {
    const key = this.#key;
    for (let i = 0; i < this.members; i++) key[i] = (this.space.columns[words[i + 1] as number] as Numbered).column.read;
    sort(key, 0, this.members);
    key[this.members] = global.owed;
    key[this.members + 1] = chosenPrefix(global);
    const known = this.#reads.size;
    const found = this.#reads.intern(key);
    if (found === known) {
      const replies = Array.from(key.subarray(0, this.members)).flatMap((read) =>
        read === 0 ? [] : [this.space.reads[read - 1] as VotesReply],
      );
      this.#read.push(readsCheck(this.space.world, replies, global.owed, chosenPrefix(global)));
    }
    return this.#read[found] as boolean | Violation;
  }

  #starts(global: Global, state: AttemptState, attempt: number): boolean {
    const last = Math.min(chosenPrefix(global) + 1, this.#config.slots);
    for (let from = 1; from <= last; from++) {
      this.next.set(this.#here);
      this.next[0] = this.space.global(withAttempt(global, attempt, { ...state, phase: "preparing", from }));
      const what = `prepares, knowing that everything below slot ${from} is chosen`;
      if (this.#visit(this.next, { kind: "own", attempt, what })) return true;
    }
    return false;
  }

  /** A leader gives its entry to the next slot, or opens the rest. */
  #leads(global: Global, state: AttemptState, attempt: number): boolean {
    const { next, assigned } = state;
    const own = this.space.world.own[attempt] ?? (this.space.world.noop[attempt] as number);
    const given = assigned.map((code, at) => (at + 1 === next ? 1 + own : code));
    const further = withAttempt(global, attempt, { ...state, assigned: given, next: next + 1 });
    this.next.set(this.#here);
    this.next[0] = this.space.global(next < this.#config.slots ? further : withDone(further, attempt));
    const leads = { kind: "own", attempt, what: `gives its entry to slot ${next}` } as const;
    if (this.#visit(this.next, leads)) return true;
    this.next[0] = this.space.global(this.#opened(global, attempt, next));
    return this.#visit(this.next, { kind: "own", attempt, what: `may open from ${next}` });
  }

  #opened(global: Global, attempt: number, from: Slot): Global {
    const done = withDone(global, attempt);
    if (from > this.#config.slots) return done;
    const hint = hintCode(this.space.world.attemptBallot[attempt] as number, from);
    return done.hints.includes(hint) ? done : { ...done, hints: [...done.hints, hint].sort((a, b) => a - b) };
  }

  /** Every quorum of the promises at hand, and everything the owner may want. */
  #plansOf(global: Global, state: AttemptState, attempt: number): boolean {
    const options: (readonly number[])[] = [];
    let held = 0;
    for (let place = 1; place <= this.members; place++) {
      const { promises } = (this.space.columns[this.#here[place] as number] as Numbered).column;
      const mine = promises[attempt] as number;
      const option = mine === 0 ? [] : [mine];
      if (this.#config.oneProcess === true) option.push(...promises.slice(0, attempt).filter((stale) => stale !== 0));
      if (option.length > 0) held++;
      options.push(option);
    }
    if (held < this.space.world.quorums.phase1) return false;
    const { world } = this.space;
    const ballot = world.attemptBallot[attempt] as number;
    const columns = this.#columns(this.#here);
    const choosable = global.chosen.map((_, at) => choosableBelow(world, columns, ballot, at + 1));
    const taken: number[] = [];
    const places: number[] = [];
    const choose = (place: number): boolean => {
      if (place > this.members) {
        return taken.length >= world.quorums.phase1 && this.#plan(global, state, attempt, taken, places, choosable);
      }
      for (const promise of options[place - 1] as readonly number[]) {
        taken.push(promise);
        places.push(place);
        const end = choose(place + 1);
        taken.pop();
        places.pop();
        if (end) return true;
      }
      return choose(place + 1);
    };
    return choose(1);
  }

  #plan(
    global: Global,
    state: AttemptState,
    attempt: number,
    promises: readonly number[],
    places: readonly number[],
    choosable: readonly number[],
  ): boolean {
    const wants = this.#wants[attempt] as ReturnType<typeof wantsOf>;
    for (let want = 0; want < wants.length; want++) {
      const { upTo, own } = wants[want] as (typeof wants)[number];
      const taken = places.slice();
      const action = (plan?: Plan): Action => ({
        kind: "plan",
        attempt,
        from: state.from,
        upTo,
        own,
        places: taken,
        ...(plan === undefined ? {} : { plan }),
      });
      for (const plan of this.#planRun(attempt, want, state.from, promises)) {
        if ("rule" in plan) {
          if (this.#fail(plan, action)) return true;
          continue;
        }
        const wrong = planCheck(plan, global, choosable);
        if (wrong !== undefined && this.#fail(wrong, () => action(plan))) return true;
        if (this.#planned1(global, state, attempt, plan, action(plan), places)) return true;
      }
    }
    return false;
  }

  #planned1(
    global: Global,
    state: AttemptState,
    attempt: number,
    plan: Plan,
    action: Action,
    places: readonly number[],
  ): boolean {
    const { space, next } = this;
    for (const name of plan.sometimes) this.#count(name);
    for (let place = 0; place <= this.members; place++) {
      const word = this.#here[place] as number;
      next[place] = place === 0 || this.#config.oneProcess === true ? word : space.forget(word, attempt);
      if (place > 0 && !places.includes(place) && plan.noops.length > 0 && this.#live(word, plan)) {
        this.#count("noop over a live command");
      }
    }
    const planned = withAttempt(global, attempt, { ...state, phase: "done", assigned: plan.assigned });
    next[0] = space.global(this.#opened(planned, attempt, plan.openFrom));
    if (this.#visit(next, action)) return true;
    if (this.#config.lead !== true || plan.openFrom > this.#config.slots) return false;
    const leading = { ...state, phase: "leading", assigned: plan.assigned, next: plan.openFrom } as const;
    next[0] = space.global(withAttempt(global, attempt, leading));
    return this.#visit(next, action);
  }

  #live(column: number, plan: Plan): boolean {
    const { votes } = (this.space.columns[column] as Numbered).column;
    return plan.noops.some((slot) => {
      const code = votes[slot - 1] as number;
      return code !== 0 && this.space.world.clients.includes(voteParts(code).entry);
    });
  }

  /** In both orders of the replies, in case it matters. */
  #planRun(attempt: number, want: number, from: Slot, promises: readonly number[]): readonly (Plan | Violation)[] {
    const key = this.#planKey.fill(0);
    key[0] = attempt;
    key[1] = want;
    key[2] = from;
    key.set(promises, 3);
    sort(key, 3, 3 + promises.length);
    const known = this.#plans.size;
    const found = this.#plans.intern(key);
    if (found === known) {
      const replies = Array.from(key.subarray(3, 3 + promises.length), (id) => this.space.promises[id - 1] as Promised);
      const wants = (this.#wants[attempt] as ReturnType<typeof wantsOf>)[want] as { upTo: Slot; own: number | undefined };
      const { world } = this.space;
      const forth = planRun(world, attempt, from, wants, replies);
      const back = planRun(world, attempt, from, wants, replies.toReversed());
      const both = JSON.stringify(forth) === JSON.stringify(back) ? [forth] : [forth, back];
      this.#planned.push(both.filter((plan) => plan !== undefined));
    }
    return this.#planned[found] as readonly (Plan | Violation)[];
  }
}

function withAttempt(global: Global, attempt: number, state: AttemptState): Global {
  return { ...global, attempts: global.attempts.map((old, index) => (index === attempt ? state : old)) };
}

function withDone(global: Global, attempt: number): Global {
  const state = global.attempts[attempt] as AttemptState;
  return withAttempt(global, attempt, { ...state, phase: "done", next: 0 });
}

function claimsHold(claims: readonly number[], chosen: readonly number[]): boolean {
  for (let at = 0; at < claims.length; at++) {
    const claim = claims[at] as number;
    if (claim === 0) continue;
    if (claim === NOTHING_SERVED || chosen[at] === 0) return false;
    if (claim !== DROPPED && claim !== chosen[at]) return false;
  }
  return true;
}

/** 9, 10 and 13 at the moment a ballot's owner decides what it does with each slot. */
function planCheck(plan: Plan, global: Global, choosable: readonly number[]): Violation | undefined {
  for (let at = 0; at < choosable.length; at++) {
    const slot = at + 1;
    const told = plan.told[at] as number;
    if (told !== 0 && told !== global.chosen[at]) return { outcome: true, rule: "13: a recovery takes for chosen what is not" };
    if (slot <= plan.chosenUpTo) {
      if (global.chosen[at] === 0) return { outcome: true, rule: "13: a recovery takes for chosen what is not" };
      continue;
    }
    if (told !== 0) continue;
    const given = plan.assigned[at] as number;
    const rivals = given === 0 ? (choosable[at] as number) : (choosable[at] as number) & ~(1 << (given - 1));
    if (rivals !== 0) {
      const rule = given === 0 ? "10: a slot is opened that is not free" : "9: another entry can still be chosen below";
      return { outcome: false, rule: (rivals & ANY_BIT) !== 0 ? `${rule} (any)` : rule };
    }
  }
  return undefined;
}

/** Insertion sort of a short stretch. */
function sort(words: Uint32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const word = words[i] as number;
    let at = i - 1;
    while (at >= from && (words[at] as number) > word) {
      words[at + 1] = words[at] as number;
      at--;
    }
    words[at + 1] = word;
  }
}
