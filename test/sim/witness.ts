import type { Slot } from "../../src/core/log.ts";
import type { AcceptorReply } from "../../src/core/message.ts";
import type { RegisterAnswer, RegisterCall } from "../../src/node/register/register-call.ts";
import type { AcceptorAnswer, AcceptorCall, Decided, LearnerAnswer, LearnerCall } from "../../src/node/rpc/call.ts";
import type { LeaderAnswer, LeaderCall } from "../../src/node/rpc/leader-call.ts";
import type { Instance } from "./instance.ts";
import type { Witness } from "./rpc.ts";
import type { SafetyOracle } from "./safety-oracle.ts";
import type { Tally } from "./tally.ts";
import { demand } from "./violation.ts";

/**
 * Holds every message against the safety oracle: a message that calls a slot chosen has to be right.
 *
 * `heldBy`: how many learners hold a slot durably, or did before they lost their disk.
 */
export function witnessesOf(safety: SafetyOracle, tally: Tally, heldBy: (slot: Slot) => number) {
  const decided = (by: string, slots: readonly Decided[]) => {
    for (const { slot, entry } of slots) safety.told(by, slot, entry.id);
  };

  const acceptors: Witness<AcceptorCall, AcceptorAnswer> = {
    called(from, call) {
      if (call.kind !== "steps") return;
      for (const request of call.requests) {
        safety.sent(from.name, request);
        if (request.kind !== "prefix") continue;
        tally.add("log dropped");
        const holders = heldBy(request.upTo);
        const isHeld = holders >= safety.quorums.classic;
        demand(isHeld, () => `15: ${from.name} drops up to ${request.upTo}, which ${holders} learners held`);
      }
    },
    answered(by, _call, answer) {
      if (answer.kind === "replies") for (const one of answer.replies) reply(by, one);
      if (answer.kind === "log") decided(by, answer.decided);
    },
  };

  const reply = (by: string, one: AcceptorReply) => {
    safety.toldPrefix(by, one.position.chosenUpTo);
    if (one.kind === "already-chosen" && one.entryId === undefined) tally.add("asked about a dropped slot");
    if (one.kind === "nack" && one.reason === "window") tally.add("vote refused as too far ahead");
    if (one.kind === "already-chosen") safety.told(by, one.slot, one.entryId);
    if (one.kind === "promised" || one.kind === "votes") {
      for (const { slot, entryId } of one.known) safety.told(by, slot, entryId);
    }
    if (one.kind === "learned" && one.missing.length > 0) tally.add("acceptor told what it had not voted for");
  };

  const learners: Witness<LearnerCall, LearnerAnswer> = {
    called(from: Instance, call) {
      if (call.kind !== "learn" && call.kind !== "settle") return;
      decided(from.name, call.decided);
      if (call.kind === "learn") safety.toldPrefix(from.name, call.teller?.appliedUpTo ?? 0);
      const isAlarm = from.machine.role === "acceptor" && call.decided.length > 0;
      if (isAlarm) tally.add("alarm finished a slot");
    },
    answered(by, _call, answer) {
      if (String(answer.kind).includes("snapshot")) tally.add("snapshot page read");
      if (answer.kind === "recalled") decided(by, answer.decided);
      if ("appliedUpTo" in answer) safety.toldPrefix(by, answer.appliedUpTo);
    },
  };

  const leaders: Witness<LeaderCall, LeaderAnswer> = { called() {}, answered() {} };

  const registers: Witness<RegisterCall, RegisterAnswer> = { called() {}, answered() {} };

  return { acceptors, learners, leaders, registers };
}
