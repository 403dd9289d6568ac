import type { VotesReply } from "../../src/core/message.ts";
import type { Column } from "./column.ts";
import { votesCount } from "./counted.ts";
import { chosenPrefix, type Global } from "./global.ts";
import { Interner } from "./interner.ts";
import { readsCheck } from "./reading.ts";
import type { Numbered, Space } from "./space.ts";
import type { Violation } from "./step.ts";
import { wordsSort } from "./words.ts";

/** What all acceptors together say. Worked out once for each way their votes, or their answers to a reader, can lie. */
export class Ledger {
  readonly #space: Space;
  readonly #members: number;
  readonly #votes: Interner;
  readonly #counted: (readonly number[] | Violation)[] = [];
  readonly #reads: Interner;
  readonly #readable: (boolean | Violation)[] = [];
  readonly #key: Uint32Array;

  constructor(space: Space) {
    this.#space = space;
    this.#members = space.world.config.members;
    this.#votes = new Interner(this.#members);
    this.#reads = new Interner(this.#members + 2);
    this.#key = new Uint32Array(this.#members + 2);
  }

  columns(words: Uint32Array): Column[] {
    return Array.from(words.subarray(1), (word) => (this.#space.columns[word] as Numbered).column);
  }

  /** Entries chosen, by the votes ever cast in the state `words`. */
  chosen(words: Uint32Array): readonly number[] | Violation {
    const key = this.#key;
    for (let i = 0; i < this.#members; i++) key[i] = (this.#space.columns[words[i + 1] as number] as Numbered).votesId;
    wordsSort(key, 0, this.#members);
    const size = this.#votes.size;
    const found = this.#votes.intern(key);
    if (found === size) this.#counted.push(votesCount(this.#space.world, this.columns(words)));
    return this.#counted[found] as readonly number[] | Violation;
  }

  /** Whether a reader with the replies in `words` may have to finish a slot. */
  readable(words: Uint32Array, global: Global): boolean | Violation {
    const key = this.#key;
    for (let i = 0; i < this.#members; i++)
      key[i] = (this.#space.columns[words[i + 1] as number] as Numbered).column.read;
    wordsSort(key, 0, this.#members);
    key[this.#members] = global.owed;
    key[this.#members + 1] = chosenPrefix(global);
    const size = this.#reads.size;
    const found = this.#reads.intern(key);
    if (found === size) {
      const replies: VotesReply[] = [];
      for (const read of key.subarray(0, this.#members)) {
        if (read !== 0) replies.push(this.#space.reads[read - 1] as VotesReply);
      }
      this.#readable.push(readsCheck(this.#space.world, replies, global.owed, chosenPrefix(global)));
    }
    return this.#readable[found] as boolean | Violation;
  }
}
