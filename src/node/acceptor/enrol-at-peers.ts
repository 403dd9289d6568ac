import { enrolmentPeers } from "../../core/identity.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { AcceptorAnswer } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";

export type PeerAnswer = Extract<AcceptorAnswer, { readonly kind: "peer" }>;

/**
 * Has a nonce recorded by enough peers (protocol, "Lives"). `lost`: one of them recorded another nonce before, or the
 * home learner of a lone acceptor has applied something, so what was stored here is gone.
 */
export async function enrolAtPeers(context: NodeContext, nonce: string): Promise<"recorded" | "lost" | "too-few"> {
  const { parts, configuration } = context;
  const others = configuration.members.filter((region) => region !== parts.region);
  if (others.length === 0) return enrolAlone(context);
  const enough = enrolmentPeers(configuration.members.length);
  let recorded = 0;
  let outstanding = others.length;
  return new Promise((resolve) => {
    for (const region of others) {
      const heard = askPeer(context, region, nonce).then((answer) => {
        outstanding--;
        if (answer?.isRecorded === true) recorded++;
        if (answer?.isRecorded === false) resolve("lost");
        else if (recorded >= enough) resolve("recorded");
        else if (recorded + outstanding < enough) resolve("too-few");
      });
      context.host.background(heard);
    }
  });
}

/** What a peer knows of this acceptor; it records the nonce if it knows nothing. */
export async function askPeer(context: NodeContext, region: Region, nonce: string): Promise<PeerAnswer | undefined> {
  const { parts, configuration, health } = context;
  const call = { kind: "enrol", configuration, storage: { region: parts.region, nonce } } as const;
  const to = addressOf(configuration, "acceptor", region);
  const outcome = await parts.acceptors.call(to, call, health.timeoutWellMs(region));
  // Code that knows no such call answers nothing.
  return outcome.ok && outcome.answer?.kind === "peer" ? outcome.answer : undefined;
}

/** No peer remembers a lone acceptor; its home learner does, and has to be heard. */
async function enrolAlone({ parts, configuration, health }: NodeContext): Promise<"recorded" | "lost" | "too-few"> {
  const to = addressOf(configuration, "learner", parts.region);
  const outcome = await parts.learners.call(to, { kind: "status", configuration }, health.timeoutWellMs(parts.region));
  if (!outcome.ok || outcome.answer.kind !== "status") return "too-few";
  return outcome.answer.appliedUpTo > 0 ? "lost" : "recorded";
}
