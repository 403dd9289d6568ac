import { type Ballot, ballotCompare, ballotEqual } from "../../src/core/ballot.ts";
import { ChosenBuffer } from "../../src/core/learner.ts";
import type { Entry, Slot, Vote } from "../../src/core/log.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import type { Reply } from "../../src/core/proposer.ts";
import { type Quorums, quorumsFor } from "../../src/core/quorum.ts";
import { MemoryAcceptor } from "./memory-acceptor.ts";
import { ballotText, replyText } from "./scenario-print.ts";

/** Which of a message's deliveries go wrong. */
export interface Faults {
  /** The message never arrives there. */
  readonly lostTo: readonly string[];
  /** It arrives and is acted on; the answer is lost. */
  readonly replyLostFrom: readonly string[];
}

/** The acceptors of a scenario, what was answered so far, and an onlooker who sees every vote. */
export class World {
  readonly quorums: Quorums;
  readonly #acceptors = new Map<string, MemoryAcceptor>();
  readonly #rounds = new Map<string, Map<string, Reply>>();
  readonly #cast: { readonly acceptor: string; readonly slot: Slot; readonly vote: Vote }[] = [];
  readonly #chosen = new Map<Slot, string>();
  learner = new ChosenBuffer(Number.POSITIVE_INFINITY);
  appliedUpTo: Slot = 0;

  constructor(members: number) {
    this.quorums = quorumsFor(members);
    for (const name of "abcdefg".slice(0, members)) this.#acceptors.set(name, new MemoryAcceptor());
  }

  acceptor(name: string): MemoryAcceptor {
    const found = this.#acceptors.get(name);
    if (found === undefined) throw new Error(`no acceptor ${name}`);
    return found;
  }

  restart(name: string): void {
    this.#acceptors.set(name, this.acceptor(name).restarted());
  }

  /** Delivers one message to each of `names`, and keeps the replies under `round`. */
  send(round: string, request: AcceptorRequest, names: readonly string[], faults: Faults): string[] {
    const lines: string[] = [];
    for (const name of names) lines.push(`${name}: ${this.#deliver(round, request, name, faults)}`);
    return [...lines, ...this.#newlyChosen()];
  }

  /** One place per acceptor, as every count wants it; `given` up on are lost unless they answered. */
  replies(round: string, givenUp: readonly string[]): Reply[] {
    const replies = this.#rounds.get(round);
    if (replies === undefined) throw new Error(`nothing was sent for: ${round}`);
    return [...this.#acceptors.keys()].map(
      (name) => replies.get(name) ?? (givenUp.includes(name) ? "lost" : undefined),
    );
  }

  #deliver(round: string, request: AcceptorRequest, name: string, faults: Faults): string {
    if (faults.lostTo.includes(name)) {
      this.#keep(round, name, "lost");
      return "(lost)";
    }
    const { writes, reply } = this.acceptor(name).deliver(request);
    for (const write of writes) if (write.kind === "vote") this.#watch(name, write.slot, write.vote);
    const answered = !faults.replyLostFrom.includes(name);
    this.#keep(round, name, answered ? reply : "lost");
    return `${replyText(reply)}${answered ? "" : " (reply lost)"}${writes.length === 0 ? "" : " *"}`;
  }

  #keep(round: string, name: string, reply: Reply): void {
    const replies = this.#rounds.get(round) ?? new Map<string, Reply>();
    this.#rounds.set(round, replies);
    const held = replies.get(name);
    if (held === undefined || held === "lost") replies.set(name, reply);
  }

  #watch(acceptor: string, slot: Slot, vote: Vote): void {
    for (const earlier of this.#cast) {
      if (earlier.acceptor !== acceptor || earlier.slot !== slot) continue;
      if (ballotCompare(earlier.vote.ballot, vote.ballot) < 0) continue;
      throw new Error(`invariant 5: ${acceptor} voted in slot ${slot} at or below an earlier ballot`);
    }
    this.#cast.push({ acceptor, slot, vote });
  }

  #newlyChosen(): string[] {
    const lines: string[] = [];
    for (const { slot, vote } of this.#cast) {
      const { ballot, entry } = vote;
      if (!this.#hasQuorum(slot, ballot, entry)) continue;
      const before = this.#chosen.get(slot);
      if (before === entry.id) continue;
      if (before !== undefined) throw new Error(`invariant 1: slot ${slot} chose "${before}" and "${entry.id}"`);
      this.#chosen.set(slot, entry.id);
      lines.push(`=> slot ${slot} has chosen "${entry.id}" at ${ballotText(ballot)}`);
    }
    return lines;
  }

  /** Choosing, in the words of the definition; shares no code with the core. */
  #hasQuorum(slot: Slot, ballot: Ballot, entry: Entry): boolean {
    const votes = this.#cast.filter((one) => one.slot === slot && ballotEqual(one.vote.ballot, ballot));
    const same = votes.filter(({ vote }) => vote.entry.id === entry.id);
    const classic = same.filter(({ vote }) => vote.kind === "classic");
    return classic.length >= this.quorums.classic || same.length >= this.quorums.fast;
  }
}
