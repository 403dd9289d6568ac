import { tally } from "../../src/core/choose.ts";
import { InvariantViolation } from "../../src/core/invariant.ts";
import type { Slot, VoteRef } from "../../src/core/log.ts";
import type { Promised } from "../../src/core/message.ts";
import { prepareVerdict, type Reply, recoveryPlan } from "../../src/core/proposer.ts";
import type { Violation } from "./step.ts";
import { entryIndex, type World } from "./world.ts";

/** What the owner of a ballot asks of its recovery. */
export interface Wants {
  readonly upTo: Slot;
  readonly own: number | undefined;
}

/** What phase 1 led to. */
export interface Plan {
  readonly kind: "plan";
  readonly attempt: number;
  readonly from: Slot;
  readonly wants: Wants;
  /** Per slot, 1 + the classic value given to it. */
  readonly assigned: readonly number[];
  /** Per slot, 1 + the entry said to be chosen already. */
  readonly told: readonly number[];
  readonly noops: readonly Slot[];
  readonly chosenUpTo: Slot;
  readonly openFrom: Slot;
  /** Rare things that happened. */
  readonly sometimes: readonly string[];
}

/** What each attempt may want, as its configuration allows. */
export function wantsOf(world: World, attempt: number): readonly Wants[] {
  const { attempts, slots } = world.config;
  const { finish, reopen } = attempts[attempt] ?? {};
  const wants: Wants[] = reopen === true ? [{ upTo: 0, own: undefined }] : [];
  if (finish === true) for (let upTo = 1; upTo <= slots; upTo++) wants.push({ upTo, own: undefined });
  const own = world.own[attempt];
  if (own !== undefined) wants.push({ upTo: 0, own });
  return wants;
}

/** The shipping proposer's phase 1; undefined while it still waits. */
export function planRun(
  world: World,
  attempt: number,
  from: Slot,
  wants: Wants,
  replies: readonly Promised[],
): Plan | Violation | undefined {
  const { quorums, config } = world;
  const ballot = world.ballots[world.attemptBallot[attempt] as number] ?? { n: 0, proposer: "" };
  const places: Reply[] = Array.from({ length: config.members }, (_, index) => replies[index]);
  try {
    const verdict = prepareVerdict(quorums, ballot, places);
    if (verdict.kind !== "promised") return undefined;
    const { promises } = verdict;
    const own = wants.own === undefined ? undefined : world.entries[wants.own]?.id;
    const plan = recoveryPlan(quorums, promises, { from, upTo: wants.upTo, own });

    const assigned = Array<number>(config.slots).fill(0);
    const told = Array<number>(config.slots).fill(0);
    const noops: Slot[] = [];
    for (const one of plan.slots) {
      // What lies above the last slot of this world does nothing below it.
      if (one.slot > config.slots) continue;
      if (one.kind === "chosen") told[one.slot - 1] = 1 + entryIndex(world, one.entryId);
      else if (one.kind === "value") assigned[one.slot - 1] = 1 + entryIndex(world, one.entryId);
      else if (one.kind === "own") assigned[one.slot - 1] = 1 + (wants.own ?? 0);
      else assigned[one.slot - 1] = 1 + (world.noop[attempt] as number);
      if (one.kind === "noop") noops.push(one.slot);
    }
    const finished = plan.chosenUpTo + plan.slots.length >= wants.upTo;
    if (!finished) return { outcome: true, rule: "a recovery leaves a slot undecided that its caller needs" };
    if (assigned.some((code, at) => code !== 0 && at + 1 >= plan.openFrom)) {
      return { outcome: false, rule: "10: opened a slot that was given a classic value" };
    }
    const { chosenUpTo, openFrom } = plan;
    const sometimes = rare(world, promises, assigned, from, chosenUpTo);
    return { kind: "plan", attempt, from, wants, assigned, told, noops, chosenUpTo, openFrom, sometimes };
  } catch (error) {
    if (error instanceof InvariantViolation) return { outcome: true, rule: `asserted, ${error.message}` };
    throw error;
  }
}

function rare(
  { quorums, chosenBy }: World,
  promises: readonly Promised[],
  assigned: readonly number[],
  from: Slot,
  chosenUpTo: Slot,
): string[] {
  const found = new Set<string>();
  if (chosenUpTo >= from) found.add("learned prefix used by a recovery");
  if (from > 1) found.add("prepared from a known prefix");
  assigned.forEach((code, at) => {
    if (code === 0) return;
    const votes = promises.flatMap((promise) => promise.votes.filter((vote) => vote.slot === at + 1));
    const top = highest(votes);
    if (top[0]?.kind === "classic") found.add("recovery of a recovery");
    if (top[0]?.kind !== "fast") return;
    const counts = [...tally(top).values()].sort((a, b) => b - a);
    const forced = (counts[0] ?? 0) >= chosenBy.fast + promises.length - quorums.members;
    found.add(forced ? "forced fast value" : "plurality kept a command");
    if (counts.join("-") === "2-2-1") found.add("2-2-1 split recovered");
    if (top[0].ballot.n > 0) found.add("fast votes of a reopened slot recovered");
  });
  return [...found];
}

function highest(votes: readonly VoteRef[]): readonly VoteRef[] {
  const key = ({ ballot }: VoteRef) => `${ballot.n}.${ballot.proposer}`;
  const top = votes.map(key).sort().at(-1);
  return votes.filter((vote) => key(vote) === top);
}
