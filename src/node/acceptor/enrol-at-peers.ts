import { enrolmentPeers } from "../../core/identity.ts";
import { quorumsFor } from "../../core/quorum.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import { askRegister } from "../register/ask-register.ts";
import type { AcceptorAnswer } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { MembershipWatch } from "../rpc/membership-watch.ts";

export type PeerAnswer = Extract<AcceptorAnswer, { readonly kind: "peer" }>;

export type Enrolled = "recorded" | "lost" | "too-few";

/** As `enrolAtPeers`; and the register holds these members, or tells those that it holds. */
export async function enrolRegistered(
  context: NodeContext,
  nonce: string,
): Promise<{ readonly told: Enrolled; readonly others?: readonly Region[] }> {
  const watch = new MembershipWatch();
  const told = await enrolAtPeers({ ...context, parts: watch.parts(context.parts) }, nonce);
  if (watch.members !== undefined) return { told: "too-few", others: watch.members };
  if (told !== "recorded") return { told };
  // Last, so that nobody claims a namespace whose acceptors would not have had it.
  const registered = await askRegister(context, "claim");
  if (registered.kind === "others") return { told: "too-few", others: registered.members };
  return { told: registered.kind === "same" ? "recorded" : "too-few" };
}

/**
 * Has a nonce recorded by enough peers (protocol, "Lives"). `lost`: one of them recorded another nonce before, or too
 * many acceptors are blank for a namespace in which something was chosen. `too-few`: too few peers answered, or too
 * few of them can be sure.
 */
async function enrolAtPeers(context: NodeContext, nonce: string): Promise<Enrolled> {
  const { parts, configuration } = context;
  const { members } = configuration;
  const others = members.filter((region) => region !== parts.region);
  const inUse = new Map<Region, Promise<boolean | undefined>>();
  for (const region of members) inUse.set(region, hasApplied(context, region));
  const recorded: Region[] = [];
  const told = await recordedBy(context, others, nonce, recorded);
  if (told !== "recorded") return told;
  // Learners of regions that do not answer are not waited for.
  const asked = members.filter((region) => region === parts.region || recorded.includes(region));
  const witnesses = await Promise.all(asked.map(async (region) => inUse.get(region)));
  if (others.length === 0 && witnesses[0] === undefined) return "too-few";
  return witnesses.includes(true) ? enrolInUse(context, others, nonce) : "recorded";
}

/**
 * The same in a namespace that is in use, as a learner says. Peers are asked after that learner: whoever voted for
 * what it applied was enrolled before, unless it lost that too.
 */
async function enrolInUse(context: NodeContext, others: readonly Region[], nonce: string): Promise<Enrolled> {
  const members = others.length + 1;
  const peers = await Promise.all(others.map((region) => askPeer(context, region, nonce)));
  if (peers.some((peer) => peer?.isRecorded === false)) return "lost";
  // Of so many that remember, one would know an earlier nonce.
  const remembering = peers.filter((peer) => peer?.isEnrolled === true).length;
  if (remembering >= members - enrolmentPeers(members)) return "recorded";
  const blank = 1 + peers.filter((peer) => peer?.isBlank === true).length;
  return blank > members - quorumsFor(members).classic ? "lost" : "too-few";
}

/** Asks all peers to record the nonce; `recorded` is given those that did. */
function recordedBy(
  context: NodeContext,
  others: readonly Region[],
  nonce: string,
  recorded: Region[],
): Promise<Enrolled> {
  const enough = enrolmentPeers(others.length + 1);
  if (enough === 0) return Promise.resolve("recorded");
  let outstanding = others.length;
  return new Promise((resolve) => {
    for (const region of others) {
      const heard = askPeer(context, region, nonce).then((answer) => {
        outstanding--;
        if (answer?.isRecorded === true) recorded.push(region);
        if (answer?.isRecorded === false) resolve("lost");
        else if (recorded.length >= enough) resolve("recorded");
        else if (recorded.length + outstanding < enough) resolve("too-few");
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

/** Whether a learner has applied anything: then the namespace is in use. Undefined when it does not say. */
async function hasApplied({ parts, configuration, health }: NodeContext, region: Region): Promise<boolean | undefined> {
  const to = addressOf(configuration, "learner", region);
  const outcome = await parts.learners.call(to, { kind: "status", configuration }, health.timeoutWellMs(region));
  if (!outcome.ok) return undefined;
  const { answer } = outcome;
  // A newer build wrote its state, which no learner has before it applied something.
  if (answer.kind === "stopped") return true;
  return answer.kind === "status" ? answer.appliedUpTo > 0 : undefined;
}
