import type { Configuration } from "../../network/address.ts";
import { addressOf } from "../../network/address.ts";
import { sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { byDistance, roundTripMs } from "../../network/round-trip.ts";
import * as timing from "../timing.ts";
import type { AcceptorAnswer, AcceptorCall } from "./call.ts";
import type { NodeContext } from "./context.ts";

/** `repeated`: the call was sent twice, and may have had its effect the first time. */
export type Heard = AcceptorAnswer & { readonly repeated?: boolean };

/** Asks an acceptor what it knows above its chosen prefix; whoever answers it is alive, too. */
export function votesCall(configuration: Configuration, isInUse: boolean): AcceptorCall {
  return { kind: "steps", configuration, requests: [{ kind: "votes" }], ...(isInUse ? { isInUse } : {}) };
}

/** One place per acceptor, in the configuration's order. `undefined`: still expected; `"lost"`: given up on. */
export type Answers = readonly (Heard | "lost" | undefined)[];

/** Judges after each answer; must have a verdict once nothing is expected any more. */
type Judge<Verdict> = (answers: Answers) => Verdict | undefined;

/** The call with the lives to count with; one round counts with the same ones from its first message to its last. */
function withLives({ configuration, health }: NodeContext, call: AcceptorCall): AcceptorCall {
  const lives = call.lives ?? health.news.lives(configuration.namespace);
  return Object.keys(lives).length === 0 ? { ...call, lives: undefined } : { ...call, lives };
}

/** Asks every acceptor at once. Answers that come after the verdict still count for the acceptors' health. */
export function askAll<Verdict>(context: NodeContext, call: AcceptorCall, judge: Judge<Verdict>): Promise<Verdict> {
  return askInTurn(context, call, context.configuration.members, judge);
}

/**
 * Asks the `count` nearest acceptors that are well, and all others as soon as one of those is late or lost: where that
 * many answers are enough, the others need not be paid for.
 */
export function askNearest<Verdict>(
  context: NodeContext,
  call: AcceptorCall,
  count: number,
  judge: Judge<Verdict>,
): Promise<Verdict> {
  const { parts, configuration, health } = context;
  const order = health.wellFirst(byDistance(parts.region, configuration.members));
  const last = order[count - 1];
  const lateMs = last === undefined ? 0 : roundTripMs(parts.region, last) * timing.LATE_ROUND_TRIPS + timing.LATE_MS;
  return askInTurn(context, call, order.slice(0, count), judge, lateMs);
}

/** Asks `first` at once, and everybody else after `lateMs` or as soon as one of the first is lost. */
function askInTurn<Verdict>(
  context: NodeContext,
  question: AcceptorCall,
  first: readonly Region[],
  judge: Judge<Verdict>,
  lateMs = 0,
): Promise<Verdict> {
  const { host } = context;
  const { members } = context.configuration;
  const call = withLives(context, question);
  const answers: (Heard | "lost" | undefined)[] = members.map(() => undefined);
  return new Promise((resolve, reject) => {
    const asked = new Set<Region>();
    let cancel = (): void => {};
    const ask = async (region: Region): Promise<void> => {
      asked.add(region);
      const answer = await askOne(context, region, call);
      answers[members.indexOf(region)] = answer;
      if (answer === "lost" || answer.kind === "silent") askRest();
      const verdict = judge(answers);
      if (verdict === undefined && !answers.includes(undefined)) throw new Error("a round has no verdict at its end");
      if (verdict === undefined) return;
      cancel();
      resolve(verdict);
    };
    const askAmong = (regions: readonly Region[]): void => {
      // What throws here is a broken invariant in the judge; the caller is told.
      for (const region of regions) host.background(ask(region).catch(reject));
    };
    const askRest = (): void => {
      cancel();
      askAmong(members.filter((region) => !asked.has(region)));
    };
    askAmong(first);
    if (asked.size < members.length) cancel = host.timer(lateMs, askRest);
  });
}

/**
 * One acceptor's answer; `"lost"` when there is none in time or it is not the acceptor that was meant, or may not
 * answer. That it stores nothing at all is an answer. One that did not
 * answer last time is hardly waited for, but still listened to: if it is only slow, it is not given up for good.
 */
export async function askOne(context: NodeContext, region: Region, call: AcceptorCall): Promise<Heard | "lost"> {
  const { host, parts, configuration, health } = context;
  const patienceMs = health.timeoutMs(region);
  const isSuspect = health.suspects(region);
  const to = addressOf(configuration, "acceptor", region);
  const askedAt = host.now();
  const heard = parts.acceptors.call(to, withLives(context, call), health.timeoutWellMs(region)).then((outcome) => {
    if (outcome.ok) context.meter?.observe("roundTripSeconds", (host.now() - askedAt) / 1_000, region);
    if (outcome.ok) health.news.heard(configuration.namespace, region, outcome.answer);
    if (!outcome.ok || (outcome.answer.kind === "silent" && outcome.answer.isUnused !== true)) {
      health.missed(region);
      return "lost";
    }
    health.answered(region);
    if (outcome.answer.kind === "other-lives") return "lost";
    return outcome.repeated === true ? { ...outcome.answer, repeated: true } : outcome.answer;
  });
  if (!isSuspect) return heard;
  host.background(heard);
  return Promise.race([heard, sleep(host, patienceMs).then(() => "lost" as const)]);
}
