import { CLOSED } from "../../src/core/log.ts";
import type { Promised, VotesReply } from "../../src/core/message.ts";
import type { Delivery } from "./cause.ts";
import { type Column, columnClaim, columnInitial } from "./column.ts";
import { type Global, globalInitial, messagesOf } from "./global.ts";
import type { Plan } from "./plan.ts";
import { type Step, stepRun, type Violation } from "./step.ts";
import { type Message, slotsOf, type World } from "./world.ts";

/** A column, numbered, with what the search asks of it again and again. */
export interface Numbered {
  readonly column: Column;
  /** Equal for columns with the same votes, present and past. */
  readonly votesId: number;
  /** Per slot, `columnClaim`. */
  readonly claims: readonly number[];
  /** Per message number, what it does here; filled as it is asked for. */
  readonly steps: (Delivery | Violation | null | undefined)[];
  /** Per attempt, the number of this column once that attempt's promises are forgotten. */
  readonly forgotten: (number | undefined)[];
}

export interface NumberedGlobal {
  readonly id: number;
  readonly global: Global;
  readonly messages: readonly number[];
  /** What becomes of this global by a proposer's decision; filled as it is asked for. */
  readonly after: Map<Plan, readonly number[]>;
}

/** Numbers columns, globals, messages and replies, and keeps what the pure functions said of them. */
export class Space {
  readonly world: World;
  readonly columns: Numbered[] = [];
  readonly globals: NumberedGlobal[] = [];
  readonly messages: Message[] = [];
  readonly promises: Promised[] = [];
  readonly reads: VotesReply[] = [];
  readonly #outcomesOnly: boolean;
  readonly #ids = new Map<string, number>();

  /** `outcomesOnly`: look only at what was decided, told or answered, not at rules broken on the way. */
  constructor(world: World, outcomesOnly: boolean) {
    this.world = world;
    this.#outcomesOnly = outcomesOnly;
    this.column(columnInitial(world));
    this.global(globalInitial(world));
  }

  /** Whether this search objects to `violation`. */
  strict(violation: Violation): boolean {
    return violation.outcome || !this.#outcomesOnly;
  }

  column(column: Column): number {
    const { promised, openFrom, chosenUpTo, firstSlot, votes, known, cast, promises, read } = column;
    const key = keyOf("c", [promised, openFrom, chosenUpTo, firstSlot, read], votes, known, cast, promises);
    return this.#number(key, this.columns, () => ({
      column,
      votesId: this.#number(keyOf("v", votes, cast), [], undefined),
      claims: slotsOf(this.world.config).map((slot) => columnClaim(column, slot)),
      steps: [],
      forgotten: [],
    }));
  }

  global(global: Global): number {
    const { hints, chosen, owed } = global;
    const attempts = global.attempts.map(({ phase, from, assigned, next }) => keyOf(phase, [from, next], assigned));
    const key = keyOf("g", hints, chosen, [owed], attempts);
    return this.#number(key, this.globals, (id) => {
      const messages = messagesOf(this.world, global).map((message) =>
        this.#number(`m${message.attempt ?? ""} ${message.text}`, this.messages, () => message),
      );
      return { id, global, messages, after: new Map() };
    });
  }

  /** What message `m` does at column `c`; null when nothing changes. */
  deliver(c: number, m: number): Delivery | Violation | null {
    const numbered = this.columns[c] as Numbered;
    const found = numbered.steps[m];
    if (found !== undefined) return found;
    const made = this.#deliver(numbered, m, c);
    numbered.steps[m] = made;
    return made;
  }

  /** Column `c` once attempt `attempt` holds no promise of it any more. */
  forget(c: number, attempt: number): number {
    const numbered = this.columns[c] as Numbered;
    const found = numbered.forgotten[attempt];
    if (found !== undefined) return found;
    const made = this.column(columnPromise(numbered.column, attempt, 0));
    numbered.forgotten[attempt] = made;
    return made;
  }

  #deliver(numbered: Numbered, m: number, c: number): Delivery | Violation | null {
    const message = this.messages[m] as Message;
    const step = stepRun(this.world, numbered.column, message);
    if ("rule" in step) return step;
    const kept = this.#keep(step, message);
    const columns = kept === step.column ? [] : [this.column(kept)];
    // With nothing learned, an acceptor that repeats its promise says the same, so a lost one is one not yet sent.
    const mayBeLost = this.world.config.learn === true || message.request.kind === "votes";
    if (kept === step.column || mayBeLost) columns.push(this.column(step.column));
    const changed = columns.filter((one) => one !== c);
    if (changed.length === 0 && step.hint < 0 && step.violation === undefined) return null;
    const votesChanged = changed.some((one) => (this.columns[one] as Numbered).votesId !== numbered.votesId);
    const read = message.request.kind === "votes";
    return { kind: "delivery", message: m, columns: changed, step, votesChanged, read };
  }

  /** The column with the reply in the hands of whom it is for. The first one is kept; a later one is a duplicate. */
  #keep({ column, reply }: Step, { attempt, request }: Message): Column {
    const held = column.promises[attempt ?? -1] ?? 0;
    if (reply?.kind === "promised" && held < 0 && request.kind === "prepare" && attempt !== undefined) {
      return columnPromise(column, attempt, -held);
    }
    if (reply?.kind === "promised" && attempt !== undefined && held === 0) {
      const { chosenUpTo, firstSlot } = reply.position;
      const position = { promised: reply.ballot, openFrom: CLOSED, chosenUpTo, firstSlot };
      const promise = { ...reply, position };
      const id = this.#number(`p${JSON.stringify(promise)}`, this.promises, () => promise);
      return columnPromise(column, attempt, request.kind === "peek" ? -1 - id : 1 + id);
    }
    if (reply?.kind === "votes" && request.kind === "votes" && column.read === 0) {
      const { chosenUpTo, firstSlot } = reply.position;
      const read = {
        ...reply,
        position: { promised: { n: 0, proposer: "" }, openFrom: CLOSED, chosenUpTo, firstSlot },
      };
      return { ...column, read: 1 + this.#number(`r${JSON.stringify(read)}`, this.reads, () => read) };
    }
    return column;
  }

  #number<T>(key: string, list: T[], make: ((id: number) => T) | undefined): number {
    const found = this.#ids.get(key);
    if (found !== undefined) return found;
    // Numbers without a list of their own come from the count of all keys.
    const id = make === undefined ? this.#ids.size : list.length;
    this.#ids.set(key, id);
    if (make !== undefined) list.push(make(id));
    return id;
  }
}

function columnPromise(column: Column, attempt: number, promise: number): Column {
  return { ...column, promises: column.promises.map((old, index) => (index === attempt ? promise : old)) };
}

function keyOf(kind: string, ...lists: readonly (readonly (number | string)[])[]): string {
  return kind + lists.map((list) => list.join()).join(";");
}
