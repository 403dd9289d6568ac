import type { Ballot } from "../../core/ballot.ts";
import { type Identity, type Lives, livesMax, livesOf } from "../../core/identity.ts";
import type { Slot } from "../../core/log.ts";
import { quorumsFor } from "../../core/quorum.ts";
import type { Network } from "../../network/network.ts";
import { Proposer } from "../propose/proposer.ts";
import type { AcceptorAnswer, AcceptorCall, Decided, Storage } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import * as timing from "../timing.ts";
import { askPeer, type PeerAnswer } from "./enrol-at-peers.ts";

/** What an acceptor takes over before it answers again. */
export interface Returned {
  readonly ballot: Ballot;
  readonly openFrom: Slot;
  /** Everything up to here is chosen: what is not in `decided` is in the logs of its peers. */
  readonly upTo: Slot;
  readonly decided: readonly Decided[];
  readonly lives: Lives;
}

/**
 * The recovery by which an acceptor returns (protocol, "Lives"): its phase 1 is a quorum of *others*, each of which
 * records the new life in the turn in which it promises. Undefined when too few took part.
 */
export async function acceptorReturn(
  context: NodeContext,
  { identity, promised, from }: { readonly identity: Identity; readonly promised: Ballot; readonly from: Slot },
): Promise<Returned | undefined> {
  const { parts, configuration, host } = context;
  const self = parts.region;
  const others = configuration.members.filter((region) => region !== self);
  const answers = await Promise.all(others.map((region) => askPeer(context, region, identity.nonce)));
  const peers = answers.filter((answer): answer is PeerAnswer => answer?.isEnrolled === true);
  if (peers.length < quorumsFor(configuration.members.length).phase1) return undefined;

  const heard = peers.reduce((lives, peer) => livesMax(lives, peer.lives), livesOf(identity, self));
  const lives: Lives = { ...heard, [self]: (heard[self] ?? 0) + 1 };
  const proposer = new Proposer(othersOnly(context, { region: self, nonce: identity.nonce }, lives));
  for (const ballot of [promised, ...peers.map((peer) => peer.promised)]) proposer.heard(ballot);
  const deadlineAt = host.now() + timing.REQUEST_DEADLINE_MS;
  const { hint, nextSlot, decided } = await proposer.recover({ from, upTo: 0, deadlineAt });
  if (hint === undefined || nextSlot === undefined) return undefined;
  return { ballot: hint.ballot, openFrom: hint.openFrom, upTo: nextSlot - 1, decided, lives };
}

/** The same acceptors but this one, told with each step who returns. */
function othersOnly(context: NodeContext, returning: Storage, lives: Lives): NodeContext {
  const { acceptors } = context.parts;
  const network: Network<AcceptorCall, AcceptorAnswer> = {
    async call(to, call, timeoutMs) {
      if (to.region === returning.region) return { ok: false, why: "unreachable" };
      return acceptors.call(to, call.kind === "steps" ? { ...call, returning } : call, timeoutMs);
    },
  };
  const health = new Health(context.host, returning.region);
  health.news.heardLives(context.configuration.namespace, lives);
  return { ...context, parts: { ...context.parts, acceptors: network }, health };
}
