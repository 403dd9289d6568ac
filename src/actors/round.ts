import type { Configuration } from "../network/address.ts";
import { addressOf } from "../network/address.ts";
import { type Host, sleep } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import type { AcceptorAnswer, AcceptorCall, Parts } from "./call.ts";
import type { Health } from "./health.ts";

/** `repeated`: the call was sent twice, and may have had its effect the first time. */
export type Heard = AcceptorAnswer & { readonly repeated?: boolean };

/** One place per acceptor, in the configuration's order. `undefined`: still expected; `"lost"`: given up on. */
export type Answers = readonly (Heard | "lost" | undefined)[];

interface Context {
  readonly host: Host;
  readonly parts: Parts;
  readonly configuration: Configuration;
  readonly health: Health;
}

/**
 * Asks every acceptor at once and judges after each answer, until the judge has something to say. It must say
 * something once nothing is expected any more. Answers that come later still count for the acceptors' health.
 */
export function askAll<Verdict>(
  context: Context,
  call: AcceptorCall,
  judge: (answers: Answers) => Verdict | undefined,
): Promise<Verdict> {
  const { host, configuration } = context;
  const answers: (Heard | "lost" | undefined)[] = configuration.members.map(() => undefined);
  return new Promise((resolve, reject) => {
    const calls = configuration.members.map(async (region, index) => {
      answers[index] = await askOne(context, region, call);
      const verdict = judge(answers);
      if (verdict !== undefined) resolve(verdict);
    });
    // What throws here is a broken invariant in the judge; the caller is told.
    const all = Promise.all(calls).then(
      () => reject(new Error("a judge had no verdict on a finished round")),
      (error: unknown) => reject(error),
    );
    host.background(all);
  });
}

/**
 * One acceptor's answer; `"lost"` when there is none in time or it is not the acceptor that was meant. One that did not
 * answer last time is hardly waited for, but still listened to: if it is only slow, it is not given up for good.
 */
export async function askOne(context: Context, region: Region, call: AcceptorCall): Promise<Heard | "lost"> {
  const { host, parts, configuration, health } = context;
  const patienceMs = health.timeoutMs(region);
  const isSuspect = health.suspects(region);
  const to = addressOf(configuration, "acceptor", region);
  const heard = parts.acceptors.call(to, call, health.timeoutWellMs(region)).then((outcome) => {
    if (!outcome.ok || outcome.answer.kind === "silent") {
      health.missed(region);
      return "lost";
    }
    health.answered(region);
    return outcome.repeated === true ? { ...outcome.answer, repeated: true } : outcome.answer;
  });
  if (!isSuspect) return heard;
  host.background(heard);
  return Promise.race([heard, sleep(host, patienceMs).then(() => "lost" as const)]);
}
