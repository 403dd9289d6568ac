import type { Region } from "../../network/region.ts";

/** What an acceptor said to a proposal. */
export type VoteReply = "waiting" | "voted" | "other" | "chosen" | "refused" | "lost";

export interface TracedVote {
  readonly region: string;
  readonly reply: VoteReply;
  readonly ms?: number | undefined;
}

/** One round of votes for one slot, or what was handed to a leader. Plain data, for messages. */
export interface TracedRound {
  readonly id: string;
  readonly from: Region;
  readonly kind: "fast" | "classic" | "leader";
  readonly slot: number;
  readonly ballot: number;
  readonly entry: string;
  readonly ageMs: number;
  readonly votes: readonly TracedVote[];
}

/** What a learner does at the moment, for those who look. */
export interface LearnerTrace {
  readonly rounds: readonly TracedRound[];
  /** Reads that it answered since it was started. */
  readonly reads: number;
}
