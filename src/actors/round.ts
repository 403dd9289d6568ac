import type { Configuration } from "../network/address.ts";
import { addressOf } from "../network/address.ts";
import type { Host } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import type { AcceptorAnswer, AcceptorCall, Parts } from "./call.ts";
import type { Health } from "./health.ts";

/** One place per acceptor, in the configuration's order. `undefined`: still expected; `"lost"`: given up on. */
export type Answers = readonly (AcceptorAnswer | "lost" | undefined)[];

/**
 * Asks every acceptor at once and judges after each answer, until the judge has something to say. It must say
 * something once nothing is expected any more. Answers that come later still count for the acceptors' health.
 */
export function askAll<Verdict>(
  context: {
    readonly host: Host;
    readonly parts: Parts;
    readonly configuration: Configuration;
    readonly health: Health;
  },
  call: AcceptorCall,
  judge: (answers: Answers) => Verdict | undefined,
): Promise<Verdict> {
  const { host, configuration } = context;
  const answers: (AcceptorAnswer | "lost" | undefined)[] = configuration.members.map(() => undefined);
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

/** One acceptor's answer; `"lost"` when there is none or it is not the acceptor that was meant. */
export async function askOne(
  context: { readonly parts: Parts; readonly configuration: Configuration; readonly health: Health },
  region: Region,
  call: AcceptorCall,
): Promise<AcceptorAnswer | "lost"> {
  const { parts, configuration, health } = context;
  const to = addressOf(configuration, "acceptor", region);
  const outcome = await parts.acceptors.call(to, call, health.timeoutMs(region));
  if (!outcome.ok || outcome.answer.kind === "silent") {
    health.missed(region);
    return "lost";
  }
  health.answered(region);
  return outcome.answer;
}
