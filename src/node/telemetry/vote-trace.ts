import type { AcceptorReply, AcceptorRequest } from "../../core/message.ts";
import type { Host } from "../../network/host.ts";
import type { Outcome } from "../../network/network.ts";
import type { Region } from "../../network/region.ts";
import type { AcceptorAnswer, AcceptorCall, Parts } from "../rpc/call.ts";
import type { LeaderAnswer, LeaderCall } from "../rpc/leader-call.ts";
import type { TracedRound, TracedVote, VoteReply } from "./traced-round.ts";

interface Round extends Omit<TracedRound, "ageMs" | "votes" | "slot"> {
  slot: number;
  readonly startedAt: number;
  readonly votes: Map<string, TracedVote>;
}

type Proposal = Extract<AcceptorRequest, { readonly kind: "fast-accept" | "accept" }>;

const ROUNDS_MAX = 32;
/** Rounds that began longer ago are not told any more. */
const AGE_MS_MAX = 10_000;
/** It goes on for so long after somebody asked. */
const ASKED_MS = 15_000;

/**
 * Notes who answered what, and after how long, in the rounds of a learner, while somebody looks. It stands between the
 * learner and the network, so that the proposers know nothing of it.
 */
export class VoteTrace {
  readonly #host: Host;
  readonly #region: Region;
  readonly #rounds: Round[] = [];
  /** All calls of a round carry the same list of requests. */
  readonly #byRequests = new WeakMap<readonly AcceptorRequest[], Round>();
  #activeUntil = Number.NEGATIVE_INFINITY;

  constructor(host: Host, region: Region) {
    this.#host = host;
    this.#region = region;
  }

  /** The network as this learner uses it. */
  parts(parts: Parts): Parts {
    const { acceptors, leaders } = parts;
    return {
      ...parts,
      acceptors: {
        call: (to, call, timeoutMs) => {
          const answer = acceptors.call(to, call, timeoutMs);
          return this.#isActive && call.kind === "steps" ? this.#asked(to.region, call, answer) : answer;
        },
      },
      leaders: {
        call: (to, call, timeoutMs) => {
          const answer = leaders.call(to, call, timeoutMs);
          return this.#isActive ? this.#handed(to.region, call, answer) : answer;
        },
      },
    };
  }

  /** The rounds of the last seconds. That somebody asks is why the next ones are noted. */
  recent(): readonly TracedRound[] {
    const now = this.#host.now();
    this.#activeUntil = now + ASKED_MS;
    return this.#rounds
      .filter(({ startedAt }) => now - startedAt <= AGE_MS_MAX)
      .map(({ startedAt, votes, ...round }) => ({ ...round, ageMs: now - startedAt, votes: [...votes.values()] }));
  }

  get #isActive(): boolean {
    return this.#host.now() < this.#activeUntil;
  }

  async #asked(
    region: Region,
    { requests }: Extract<AcceptorCall, { readonly kind: "steps" }>,
    answer: Promise<Outcome<AcceptorAnswer>>,
  ): Promise<Outcome<AcceptorAnswer>> {
    const index = requests.findIndex(isProposal);
    const proposal = requests[index];
    if (proposal === undefined || !isProposal(proposal)) return answer;
    const round = this.#byRequests.get(requests) ?? this.#begin(requests, proposal);
    const askedAt = this.#host.now();
    round.votes.set(region, { region, reply: "waiting" });
    const outcome = await answer;
    const reply = replyOf(outcome, index, proposal);
    const ms = this.#host.now() - askedAt;
    round.votes.set(region, reply === "lost" ? { region, reply } : { region, reply, ms });
    return outcome;
  }

  async #handed(
    region: Region,
    call: LeaderCall,
    answer: Promise<Outcome<LeaderAnswer>>,
  ): Promise<Outcome<LeaderAnswer>> {
    const round = this.#note("leader", 0, 0, call.commands[0]?.id ?? "");
    round.votes.set(region, { region, reply: "waiting" });
    const outcome = await answer;
    const isDone = outcome.ok && outcome.answer.kind === "submitted";
    if (outcome.ok && outcome.answer.kind === "submitted") round.slot = outcome.answer.slot;
    const ms = this.#host.now() - round.startedAt;
    const reply = isDone ? "voted" : outcome.ok ? "refused" : "lost";
    round.votes.set(region, { region, reply, ms });
    return outcome;
  }

  #begin(requests: readonly AcceptorRequest[], { kind, slot, ballot, entry }: Proposal): Round {
    const round = this.#note(kind === "accept" ? "classic" : "fast", slot, ballot.n, entry.id);
    this.#byRequests.set(requests, round);
    return round;
  }

  #note(kind: TracedRound["kind"], slot: number, ballot: number, entry: string): Round {
    const id = this.#host.freshId();
    const startedAt = this.#host.now();
    const round: Round = { id, from: this.#region, kind, slot, ballot, entry, startedAt, votes: new Map() };
    this.#rounds.push(round);
    if (this.#rounds.length > ROUNDS_MAX) this.#rounds.shift();
    return round;
  }
}

function isProposal(request: AcceptorRequest): request is Proposal {
  return request.kind === "fast-accept" || request.kind === "accept";
}

function replyOf(outcome: Outcome<AcceptorAnswer>, index: number, { entry }: Proposal): VoteReply {
  if (!outcome.ok || outcome.answer.kind !== "replies") return "lost";
  const reply: AcceptorReply | undefined = outcome.answer.replies[index];
  switch (reply?.kind) {
    case "voted":
      return reply.entryId === entry.id ? "voted" : "other";
    case "already-chosen":
      return "chosen";
    case undefined:
      return "lost";
    case "nack":
    case "promised":
    case "opened":
    case "learned":
    case "votes":
      return "refused";
  }
}
