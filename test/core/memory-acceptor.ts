import { type AcceptorView, type AcceptorWrite, acceptorStep } from "../../src/core/acceptor.ts";
import { BALLOT_ZERO, type Ballot, ballotEqual } from "../../src/core/ballot.ts";
import type { Entry, Slot, Vote } from "../../src/core/log.ts";
import type { AcceptorReply, AcceptorRequest } from "../../src/core/message.ts";

/** An acceptor whose disk is the list of writes it was given: the plainest storage that a step can run on. */
export class MemoryAcceptor implements AcceptorView {
  promised: Ballot = BALLOT_ZERO;
  openFrom: Slot = 1;
  chosenUpTo: Slot = 0;
  firstSlot: Slot = 1;
  leader: string | undefined = undefined;
  readonly votes = new Map<Slot, Vote>();
  readonly marks = new Map<Slot, Entry>();
  readonly disk: AcceptorWrite[] = [];

  vote(slot: Slot): Vote | undefined {
    return this.votes.get(slot);
  }

  known(slot: Slot): Entry | undefined {
    return this.marks.get(slot);
  }

  slotsAbove(slot: Slot): readonly Slot[] {
    const slots = new Set([...this.votes.keys(), ...this.marks.keys()]);
    return [...slots].filter((one) => one > slot).sort((a, b) => a - b);
  }

  votedIn(ballot: Ballot): boolean {
    return [...this.votes.values()].some((vote) => ballotEqual(vote.ballot, ballot));
  }

  apply(writes: readonly AcceptorWrite[]): void {
    for (const write of writes) {
      this.disk.push(write);
      this.#applyOne(write);
    }
  }

  /** One turn: look, store, answer. */
  deliver(request: AcceptorRequest): { readonly writes: readonly AcceptorWrite[]; readonly reply: AcceptorReply } {
    const step = acceptorStep(this, request);
    this.apply(step.writes);
    return step;
  }

  /** The same acceptor after a crash: it knows what was written, and nothing else. */
  restarted(): MemoryAcceptor {
    const fresh = new MemoryAcceptor();
    fresh.apply(this.disk);
    return fresh;
  }

  #applyOne(write: AcceptorWrite): void {
    switch (write.kind) {
      case "promise":
        this.promised = write.ballot;
        this.openFrom = write.openFrom;
        this.leader = write.leader;
        return;
      case "vote":
        this.votes.set(write.slot, write.vote);
        return;
      case "known":
        this.marks.set(write.slot, write.entry);
        return;
      case "chosen-up-to":
        this.chosenUpTo = write.slot;
        return;
      case "first-slot":
        this.firstSlot = write.slot;
        for (const slot of this.slotsAbove(0)) if (slot < write.slot) this.#forget(slot);
        return;
    }
  }

  #forget(slot: Slot): void {
    this.votes.delete(slot);
    this.marks.delete(slot);
  }
}
