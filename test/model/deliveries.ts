import { type Delivery, ViolationFound, type Visit } from "./cause.ts";
import { DROPPED, NOTHING_SERVED } from "./column.ts";
import { chosenPrefix, type Global, hintAdd } from "./global.ts";
import type { Ledger } from "./ledger.ts";
import type { Sometimes } from "./sometimes.ts";
import type { Numbered, NumberedGlobal, Space } from "./space.ts";

/** Every message that was ever sent, arriving at every acceptor. */
export class Deliveries {
  readonly #space: Space;
  readonly #ledger: Ledger;
  readonly #sometimes: Sometimes;
  readonly #members: number;
  readonly #next: Uint32Array;

  constructor(space: Space, ledger: Ledger, sometimes: Sometimes) {
    this.#space = space;
    this.#ledger = ledger;
    this.#sometimes = sometimes;
    this.#members = space.world.config.members;
    this.#next = new Uint32Array(1 + this.#members);
  }

  expand(here: Uint32Array, visit: Visit): void {
    const numbered = this.#space.globals[here[0] as number] as NumberedGlobal;
    for (let place = 1; place <= this.#members; place++) {
      // Equal acceptors do equal things.
      if (place > 1 && here[place] === here[place - 1]) continue;
      for (const message of numbered.messages) {
        const delivery = this.#space.deliver(here[place] as number, message);
        if (delivery === null) continue;
        const places = PLACES[place] as readonly number[];
        if ("rule" in delivery) throw new ViolationFound(delivery, nothing(message), places);
        this.#arrive(here, numbered, places, delivery, visit);
      }
    }
  }

  #arrive(
    here: Uint32Array,
    { id, global }: NumberedGlobal,
    places: readonly number[],
    delivery: Delivery,
    visit: Visit,
  ): void {
    const { step, columns, votesChanged, read } = delivery;
    if (step?.violation !== undefined && this.#space.strict(step.violation)) {
      throw new ViolationFound(step.violation, delivery, places);
    }
    const place = places[0] as number;
    const hinted = hintAdd(global, step?.hint ?? -1);
    if (columns.length === 0 && hinted === global) return;
    if (step?.openUsed === true) this.#sometimes.count("open used");

    const next = this.#next;
    for (const column of columns.length === 0 ? [here[place] as number] : columns) {
      next.set(here);
      next[place] = column;
      let to = votesChanged ? this.#chosen(hinted, delivery, places) : hinted;
      const numbered = this.#space.columns[column] as Numbered;
      if (!claimsHold(numbered.claims, to.chosen)) {
        const violation = { outcome: true, rule: "13: an acceptor serves as chosen what is not" };
        throw new ViolationFound(violation, delivery, places);
      }
      if (read && numbered.column.read !== 0) to = this.#read(to, delivery, places);
      next[0] = to === global ? id : this.#space.global(to);
      visit(next, delivery, places);
    }
  }

  #chosen(global: Global, delivery: Delivery, places: readonly number[]): Global {
    const chosen = this.#ledger.chosen(this.#next);
    if ("rule" in chosen) {
      if (this.#space.strict(chosen)) throw new ViolationFound(chosen, delivery, places);
      return global;
    }
    return chosen.every((code, at) => code === global.chosen[at]) ? global : { ...global, chosen };
  }

  /** A reader begins just before the first answer it keeps, which is when it owes the most. */
  #read(global: Global, delivery: Delivery, places: readonly number[]): Global {
    const to = global.owed < 0 ? { ...global, owed: chosenPrefix(global) } : global;
    const unfinished = this.#ledger.readable(this.#next, to);
    if (typeof unfinished !== "boolean") throw new ViolationFound(unfinished, delivery, places);
    if (unfinished) this.#sometimes.count("read had to finish a slot");
    return to;
  }
}

const PLACES = Array.from({ length: 8 }, (_, place) => [place] as const);

function nothing(message: number): Delivery {
  return { kind: "delivery", message, columns: [], step: undefined, votesChanged: false, read: false };
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
