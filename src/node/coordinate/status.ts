import { CLOSED } from "../../core/log.ts";
import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { AcceptorAnswer, LearnerAnswer } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { votesCall } from "../rpc/round.ts";
import type { AcceptorStatus, LearnerStatus, NamespaceStatus } from "./coordinator.ts";

/** What a learner says of itself … */
export type StatusTold = Extract<LearnerAnswer, { readonly kind: "status" }>;
/** … and what one says that cannot open its state. */
type StoppedTold = Extract<LearnerAnswer, { readonly kind: "stopped" }>;

export interface StatusWishes {
  /** Learners also tell what they do at the moment. */
  readonly isTraced?: boolean;
  /** The word of the learner that asks, which sends itself no message. */
  readonly own?: StatusTold;
}

/** Asks every part of a namespace how it is; who does not answer is listed as unreachable. */
export async function namespaceStatus(context: NodeContext, wishes: StatusWishes = {}): Promise<NamespaceStatus> {
  const { members, namespace, epoch } = context.configuration;
  const [asked, learners] = await Promise.all([
    Promise.all(members.map((region) => acceptorStatus(context, region))),
    Promise.all(members.map((region) => learnerStatus(context, region, wishes))),
  ]);
  const isInUse = asked.some(({ lastSlot = 0 }) => lastSlot > 0) || learners.some((one) => (one.appliedUpTo ?? 0) > 0);
  // One that stores nothing of a namespace that is in use finds out now that it lost what it stored.
  const acceptors = await Promise.all(
    asked.map(async (one, at) => {
      const region = members[at];
      return isInUse && one.silent === "blank" && region !== undefined ? acceptorStatus(context, region, true) : one;
    }),
  );
  const revision = Math.max(1, ...learners.map((one) => one.revision ?? 0));
  const newest = acceptors.reduce<AcceptorStatus | undefined>(
    (best, one) => ((one.promised?.n ?? -1) > (best?.promised?.n ?? -1) ? one : best),
    undefined,
  );
  const appliedUpTo = Math.max(0, ...learners.map((one) => one.appliedUpTo ?? 0));
  const lagging = learners.map((one) =>
    one.appliedUpTo === undefined ? one : { ...one, lagSlots: appliedUpTo - one.appliedUpTo },
  );
  return { namespace, epoch, revision, mode: modeOf(newest), acceptors, learners: lagging };
}

/** By the word of an acceptor that has promised the highest ballot. */
function modeOf(newest: AcceptorStatus | undefined): NamespaceStatus["mode"] {
  if (newest?.openFrom !== null) return { kind: "fast" };
  return newest.leader === undefined ? { kind: "closed" } : { kind: "leader", where: newest.leader };
}

export async function acceptorStatus(context: NodeContext, region: Region, isInUse = false): Promise<AcceptorStatus> {
  const { host, configuration } = context;
  const startedAt = host.now();
  const answer = await askAcceptor(context, region, isInUse);
  const roundTripMs = host.now() - startedAt;
  const told = { region, roundTripMs, buildLevel: answer?.buildLevel };
  if (answer?.kind === "other-members") return { ...told, reachable: false, silent: "membership" };
  if (answer?.kind === "silent" && answer.why !== undefined) {
    const { why, life, sinceMs } = answer;
    return { ...told, reachable: false, silent: why, life, sinceMs };
  }
  const reply = answer?.kind === "replies" ? answer.replies[0] : undefined;
  if (reply?.kind !== "votes") return { region, reachable: false };
  const { promised, openFrom, chosenUpTo, leader } = reply.position;
  const slots = [...reply.votes, ...reply.known].map((ref) => ref.slot);
  return {
    ...told,
    reachable: true,
    promised,
    openFrom: openFrom === CLOSED ? null : openFrom,
    leader: openFrom === CLOSED ? leader : undefined,
    lastSlot: Math.max(chosenUpTo, ...slots),
    chosenUpTo,
    life: context.health.news.lives(configuration.namespace)[region] ?? 0,
  };
}

/** Its answer as it gave it, asked once more where it names lives that were not known here. */
async function askAcceptor(
  context: NodeContext,
  region: Region,
  isInUse: boolean,
): Promise<AcceptorAnswer | undefined> {
  const { parts, configuration, health } = context;
  const to = addressOf(configuration, "acceptor", region);
  const ask = async () => {
    const lives = health.news.lives(configuration.namespace);
    const call = { ...votesCall(configuration, isInUse), lives, asksBuild: true };
    const outcome = await parts.acceptors.call(to, call, health.timeoutMs(region));
    if (!outcome.ok) return undefined;
    health.news.heard(configuration.namespace, region, outcome.answer);
    return outcome.answer;
  };
  const answer = await ask();
  return answer?.kind === "other-lives" ? ask() : answer;
}

async function learnerStatus(
  context: NodeContext,
  region: Region,
  { isTraced = false, own }: StatusWishes,
): Promise<LearnerStatus> {
  const { host, parts } = context;
  const startedAt = host.now();
  const answer = region === parts.region && own !== undefined ? own : await askLearner(context, region, isTraced);
  if (answer === undefined) return { region, reachable: false };
  const roundTripMs = host.now() - startedAt;
  if (answer.kind === "stopped") {
    const { why, buildLevel } = answer;
    return { region, reachable: false, stopped: { why }, buildLevel, roundTripMs };
  }
  const { appliedUpTo, revision, digest, watchers, watchBytes, lagMs } = answer;
  const { writing, isSuspended: suspended, alarms } = answer;
  const { level, buildLevel, stopped } = answer;
  const standing = { appliedUpTo, revision, digest, watchers, watchBytes, lagMs, level, buildLevel, stopped };
  return { region, reachable: true, ...standing, ...writing, suspended, alarms, trace: answer.trace, roundTripMs };
}

async function askLearner(
  { parts, configuration, health }: NodeContext,
  region: Region,
  trace: boolean,
): Promise<StatusTold | StoppedTold | undefined> {
  const to = addressOf(configuration, "learner", region);
  const outcome = await parts.learners.call(to, { kind: "status", configuration, trace }, health.timeoutMs(region));
  if (!outcome.ok) return undefined;
  const { answer } = outcome;
  return answer.kind === "status" || answer.kind === "stopped" ? answer : undefined;
}
