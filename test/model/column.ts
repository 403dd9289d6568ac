import type { AcceptorView, AcceptorWrite } from "../../src/core/acceptor.ts";
import type { Ballot } from "../../src/core/ballot.ts";
import type { Entry, Slot, Vote } from "../../src/core/log.ts";
import { ballotIndex, entryIndex, type World } from "./world.ts";

/**
 * One acceptor's part of a state: what it stored, all it ever voted, and those of its answers that somebody still
 * holds. A slot's place in an array is `slot - 1`; 0 stands for nothing.
 */
export interface Column {
  readonly promised: number;
  readonly openFrom: Slot;
  readonly chosenUpTo: Slot;
  readonly firstSlot: Slot;
  /** Per slot, `voteCode`. */
  readonly votes: readonly number[];
  /** Per slot, 1 + entry. */
  readonly known: readonly number[];
  /** History: per slot and ballot, `castCode`. Overwritten votes still count. */
  readonly cast: readonly number[];
  /** Per attempt, 1 + the number of the promise it was given; negative when only read, and not yet made. */
  readonly promises: readonly number[];
  /** 1 + the number of the reply the reader was given. */
  readonly read: number;
}

export type VoteParts = { readonly ballot: number; readonly entry: number; readonly classic: boolean };

export function voteCode({ ballot, entry, classic }: VoteParts): number {
  return 1 + Number(classic) + 2 * (entry + 32 * ballot);
}

export function voteParts(code: number): VoteParts {
  const rest = (code - 1) >> 1;
  return { ballot: rest >> 5, entry: rest & 31, classic: ((code - 1) & 1) === 1 };
}

export function castIndex(world: World, slot: Slot, ballot: number): number {
  return (slot - 1) * world.ballots.length + ballot;
}

export function columnInitial(world: World): Column {
  const { config, ballots } = world;
  return {
    promised: 0,
    openFrom: 1,
    chosenUpTo: 0,
    firstSlot: 1,
    votes: Array<number>(config.slots).fill(0),
    known: Array<number>(config.slots).fill(0),
    cast: Array<number>(config.slots * ballots.length).fill(0),
    promises: Array<number>(config.attempts.length).fill(0),
    read: 0,
  };
}

/** What the shipping acceptor sees of a column. Made anew for every step, so it can remember nothing else. */
export class ColumnView implements AcceptorView {
  readonly leader = undefined;
  readonly #world: World;
  readonly #column: Column;

  constructor(world: World, column: Column) {
    this.#world = world;
    this.#column = column;
  }

  get promised(): Ballot {
    return this.#world.ballots[this.#column.promised] as Ballot;
  }
  get openFrom(): Slot {
    return this.#column.openFrom;
  }
  get chosenUpTo(): Slot {
    return this.#column.chosenUpTo;
  }
  get firstSlot(): Slot {
    return this.#column.firstSlot;
  }

  vote(slot: Slot): Vote | undefined {
    const code = this.#column.votes[slot - 1] ?? 0;
    if (code === 0) return undefined;
    const { ballot, entry, classic } = voteParts(code);
    const kind = classic ? "classic" : "fast";
    return { ballot: this.#world.ballots[ballot] as Ballot, kind, entry: this.#world.entries[entry] as Entry };
  }

  known(slot: Slot): Entry | undefined {
    const code = this.#column.known[slot - 1] ?? 0;
    return code === 0 ? undefined : this.#world.entries[code - 1];
  }

  slotsAbove(slot: Slot): readonly Slot[] {
    const { votes, known } = this.#column;
    return votes.flatMap((vote, at) => (at + 1 > slot && (vote !== 0 || known[at] !== 0) ? [at + 1] : []));
  }

  votedIn(ballot: Ballot): boolean {
    const index = ballotIndex(this.#world, ballot);
    return this.#column.votes.some((code) => code !== 0 && voteParts(code).ballot === index);
  }
}

/** The column after `writes` were stored, all of them; and the votes among them. */
export function columnApply(
  world: World,
  column: Column,
  writes: readonly AcceptorWrite[],
): { readonly column: Column; readonly voted: readonly { readonly slot: Slot; readonly code: number }[] } {
  const next = { ...column, votes: [...column.votes], known: [...column.known], cast: [...column.cast] };
  const voted: { slot: Slot; code: number }[] = [];
  for (const write of writes) {
    switch (write.kind) {
      case "promise":
        next.promised = ballotIndex(world, write.ballot);
        next.openFrom = write.openFrom;
        break;
      case "vote": {
        const { slot, vote } = write;
        const entry = entryIndex(world, vote.entry.id);
        const code = voteCode({ ballot: ballotIndex(world, vote.ballot), entry, classic: vote.kind === "classic" });
        next.votes[slot - 1] = code;
        voted.push({ slot, code });
        break;
      }
      case "known":
        next.known[write.slot - 1] = 1 + entryIndex(world, write.entry.id);
        break;
      case "chosen-up-to":
        next.chosenUpTo = write.slot;
        break;
      case "first-slot":
        next.firstSlot = write.slot;
        for (let slot = 1; slot < write.slot; slot++) next.votes[slot - 1] = next.known[slot - 1] = 0;
        break;
    }
  }
  return { column: next, voted };
}

/** What the acceptor hands out as chosen in `slot`: 1 + entry, `DROPPED`, or 0 for nothing. */
export function columnClaim(column: Column, slot: Slot): number {
  if (slot < column.firstSlot) return DROPPED;
  const known = column.known[slot - 1] ?? 0;
  if (known !== 0 || slot > column.chosenUpTo) return known;
  const vote = column.votes[slot - 1] ?? 0;
  return vote === 0 ? NOTHING_SERVED : 1 + voteParts(vote).entry;
}

/** Chosen, and deleted since. */
export const DROPPED = 254;
/** In the prefix, and nothing there to serve: always a violation. */
export const NOTHING_SERVED = 255;
