import type { Slot } from "../../src/core/log.ts";
import type { Promised } from "../../src/core/message.ts";
import { type OwnMove, ViolationFound, type Visit } from "./cause.ts";
import { voteParts } from "./column.ts";
import { type AttemptState, chosenPrefix, type Global, hintAdd, hintCode } from "./global.ts";
import { Interner } from "./interner.ts";
import type { Ledger } from "./ledger.ts";
import { type Plan, planRun, type Wants, wantsOf } from "./plan.ts";
import { choosableBelow, planCheck } from "./safe.ts";
import type { Sometimes } from "./sometimes.ts";
import type { Numbered, NumberedGlobal, Space } from "./space.ts";
import type { Violation } from "./step.ts";
import { wordsSort } from "./words.ts";

/** What owners of ballots do by themselves: begin, decide on a quorum of promises, lead. */
export class Owners {
  readonly #space: Space;
  readonly #ledger: Ledger;
  readonly #sometimes: Sometimes;
  readonly #members: number;
  readonly #wants: readonly (readonly Wants[])[];
  readonly #asked: Interner;
  readonly #plans: (readonly (Plan | Violation)[])[] = [];
  readonly #key: Uint32Array;
  readonly #next: Uint32Array;

  constructor(space: Space, ledger: Ledger, sometimes: Sometimes) {
    const { config } = space.world;
    this.#space = space;
    this.#ledger = ledger;
    this.#sometimes = sometimes;
    this.#members = config.members;
    this.#wants = config.attempts.map((_, attempt) => wantsOf(space.world, attempt));
    this.#asked = new Interner(3 + config.members);
    this.#key = new Uint32Array(3 + config.members);
    this.#next = new Uint32Array(1 + config.members);
  }

  expand(here: Uint32Array, visit: Visit): void {
    const numbered = this.#space.globals[here[0] as number] as NumberedGlobal;
    numbered.global.attempts.forEach((state, attempt) => {
      if (state.phase === "preparing") this.#prepared(here, numbered, attempt, visit);
      else if (state.phase === "idle") this.#starts(here, numbered.global, attempt, visit);
      else if (state.phase === "leading") this.#leads(here, numbered.global, attempt, visit);
    });
  }

  #moves(here: Uint32Array, to: Global, attempt: number, what: string, visit: Visit): void {
    this.#next.set(here);
    this.#next[0] = this.#space.global(to);
    const move: OwnMove = { kind: "own", attempt, what };
    visit(this.#next, move, []);
  }

  /** Chooses a prefix it knows: any that is chosen. */
  #starts(here: Uint32Array, global: Global, attempt: number, visit: Visit): void {
    const beyond = this.#space.world.config.twin === "prepare beyond the known prefix" ? 1 : 0;
    const last = Math.min(chosenPrefix(global) + 1 + beyond, global.chosen.length);
    for (let from = 1; from <= last; from++) {
      const to = withAttempt(global, attempt, { phase: "preparing", from });
      this.#moves(here, to, attempt, `begins, knowing every slot below ${from}`, visit);
    }
  }

  /** A leader gives its entry to the next slot, or opens the rest. */
  #leads(here: Uint32Array, global: Global, attempt: number, visit: Visit): void {
    const { next, assigned } = global.attempts[attempt] as AttemptState;
    const { own, noop } = this.#space.world;
    const given = assigned.map((code, at) =>
      at + 1 === next ? 1 + (own[attempt] ?? (noop[attempt] as number)) : code,
    );
    const more = next < assigned.length ? ({ next: next + 1 } as const) : ({ phase: "done", next: 0 } as const);
    const further = withAttempt(global, attempt, { assigned: given, ...more });
    this.#moves(here, further, attempt, `gives its entry to slot ${next}`, visit);
    this.#moves(here, this.#opened(global, attempt, next), attempt, `may open from ${next}`, visit);
  }

  #opened(global: Global, attempt: number, from: Slot): Global {
    const done = withAttempt(global, attempt, { phase: "done", next: 0 });
    if (from > global.chosen.length) return done;
    return hintAdd(done, hintCode(this.#space.world.attemptBallot[attempt] as number, from));
  }

  /** Every quorum of the promises at hand, and everything the owner may want. */
  #prepared(here: Uint32Array, numbered: NumberedGlobal, attempt: number, visit: Visit): void {
    const { world, columns } = this.#space;
    const options: (readonly number[])[] = [[]];
    let held = 0;
    for (let place = 1; place <= this.#members; place++) {
      const { promises } = (columns[here[place] as number] as Numbered).column;
      // One process hears late answers to its earlier ballots too.
      const heard = world.config.oneProcess === true ? promises.slice(0, attempt + 1) : [promises[attempt] as number];
      const option = heard.filter((promise) => promise > 0);
      if (option.length > 0) held++;
      options.push(option);
    }
    // One fewer than a quorum is asked about too: the answer must be to wait.
    if (held + 1 < world.quorums.phase1) return;

    const ballot = world.attemptBallot[attempt] as number;
    const all = this.#ledger.columns(here);
    const choosable = numbered.global.chosen.map((_, at) => choosableBelow(world, all, ballot, at + 1));
    const taken: number[] = [];
    const places: number[] = [];
    const choose = (place: number): void => {
      if (place > this.#members) {
        if (taken.length + 1 >= world.quorums.phase1)
          this.#plan(here, numbered, attempt, taken, places, choosable, visit);
        return;
      }
      for (const promise of options[place] as readonly number[]) {
        taken.push(promise);
        places.push(place);
        choose(place + 1);
        taken.pop();
        places.pop();
      }
      choose(place + 1);
    };
    choose(1);
  }

  #plan(
    here: Uint32Array,
    numbered: NumberedGlobal,
    attempt: number,
    taken: readonly number[],
    places: readonly number[],
    choosable: readonly number[],
    visit: Visit,
  ): void {
    const { from } = numbered.global.attempts[attempt] as AttemptState;
    const wants = this.#wants[attempt] as readonly Wants[];
    for (let want = 0; want < wants.length; want++) {
      for (const plan of this.#planRun(attempt, want, from, taken)) {
        if ("rule" in plan) throw new ViolationFound(plan, { kind: "own", attempt, what: "plans" }, places);
        const wrong = planCheck(plan, numbered.global, choosable);
        if (wrong !== undefined && this.#space.strict(wrong)) throw new ViolationFound(wrong, plan, places);
        this.#planned(here, numbered, plan, places, visit);
      }
    }
  }

  #planned(here: Uint32Array, numbered: NumberedGlobal, plan: Plan, places: readonly number[], visit: Visit): void {
    const keeps = this.#space.world.config.oneProcess === true;
    for (const name of plan.sometimes) this.#sometimes.count(name);
    for (let place = 1; place <= this.#members; place++) {
      const word = here[place] as number;
      // Later promises are ignored, so once it has decided its promises may be forgotten.
      this.#next[place] = keeps ? word : this.#space.forget(word, plan.attempt);
      if (plan.noops.length > 0 && !places.includes(place) && this.#live(word, plan)) {
        this.#sometimes.count("noop over a live command");
      }
    }
    for (const global of this.#after(numbered, plan)) {
      this.#next[0] = global;
      visit(this.#next, plan, places);
    }
  }

  #after({ global, after }: NumberedGlobal, plan: Plan): readonly number[] {
    const found = after.get(plan);
    if (found !== undefined) return found;
    const { attempt, assigned, openFrom } = plan;
    const planned = withAttempt(global, attempt, { assigned });
    const made = [this.#space.global(this.#opened(planned, attempt, openFrom))];
    if (this.#space.world.config.lead === true && openFrom <= assigned.length) {
      made.push(this.#space.global(withAttempt(planned, attempt, { phase: "leading", next: openFrom })));
    }
    after.set(plan, made);
    return made;
  }

  #live(column: number, plan: Plan): boolean {
    const { votes } = (this.#space.columns[column] as Numbered).column;
    return plan.noops.some((slot) => {
      const code = votes[slot - 1] as number;
      return code !== 0 && this.#space.world.clients.includes(voteParts(code).entry);
    });
  }

  /** In both orders of the replies, in case it matters. */
  #planRun(attempt: number, want: number, from: Slot, promises: readonly number[]): readonly (Plan | Violation)[] {
    const key = this.#key.fill(0);
    key[0] = attempt;
    key[1] = want;
    key[2] = from;
    key.set(promises, 3);
    wordsSort(key, 3, 3 + promises.length);
    const size = this.#asked.size;
    const found = this.#asked.intern(key);
    if (found === size) {
      const replies = Array.from(
        key.subarray(3, 3 + promises.length),
        (id) => this.#space.promises[id - 1] as Promised,
      );
      const wants = this.#wants[attempt]?.[want] ?? { upTo: 0, own: undefined };
      const forth = planRun(this.#space.world, attempt, from, wants, replies);
      const back = planRun(this.#space.world, attempt, from, wants, replies.toReversed());
      const both = JSON.stringify(forth) === JSON.stringify(back) ? [forth] : [forth, back];
      this.#plans.push(both.filter((plan) => plan !== undefined));
    }
    return this.#plans[found] as readonly (Plan | Violation)[];
  }
}

function withAttempt(global: Global, attempt: number, change: Partial<AttemptState>): Global {
  return {
    ...global,
    attempts: global.attempts.map((old, index) => (index === attempt ? { ...old, ...change } : old)),
  };
}
