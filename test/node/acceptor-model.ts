import { acceptorChosen } from "../../src/core/acceptor.ts";
import type { Entry, Slot } from "../../src/core/log.ts";
import type { AcceptorAnswer, AcceptorCall } from "../../src/node/rpc/call.ts";
import { MemoryAcceptor } from "../core/memory-acceptor.ts";

/** What an acceptor has to answer, whatever it stores its state in: the same steps over plain maps. */
export class AcceptorModel {
  #state = new MemoryAcceptor();

  /** The answer, and whether the turn is to be taken back because a step found an invariant broken. */
  answer(call: AcceptorCall): AcceptorAnswer | "broken" {
    if (call.kind === "bodies") return { kind: "bodies", entries: call.refs.flatMap((ref) => this.#body(ref)) };
    if (call.kind === "log") return this.#log(call.from);
    if (call.kind === "enrol") return { kind: "silent" };
    if (call.kind === "metrics") return { kind: "metrics", readings: [] };
    const before = this.#state.restarted();
    try {
      const replies = call.requests.map((request) => {
        const { reply } = this.#state.deliver(request);
        const refs = reply.kind === "promised" ? [...reply.votes, ...reply.known] : [];
        return { reply, entries: refs.flatMap((ref) => this.#body(ref)) };
      });
      return {
        kind: "replies",
        replies: replies.map(({ reply }) => reply),
        entries: replies.flatMap(({ entries }) => entries),
      };
    } catch {
      this.#state = before;
      return "broken";
    }
  }

  #body({ slot, entryId }: { slot: Slot; entryId: string }): Entry[] {
    const held = [this.#state.known(slot), this.#state.vote(slot)?.entry].find((entry) => entry?.id === entryId);
    return held === undefined ? [] : [held];
  }

  #log(from: Slot): AcceptorAnswer {
    const { chosenUpTo, firstSlot } = this.#state;
    const decided: { slot: Slot; entry: Entry }[] = [];
    for (let slot = Math.max(from, firstSlot); slot <= chosenUpTo; slot++) {
      const entry = acceptorChosen(this.#state, slot);
      if (entry !== undefined) decided.push({ slot, entry });
    }
    return { kind: "log", decided, chosenUpTo, firstSlot };
  }
}
