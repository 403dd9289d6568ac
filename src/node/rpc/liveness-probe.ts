import type { Outcome } from "../../network/network.ts";
import type { Region } from "../../network/region.ts";
import type { NodeContext } from "./context.ts";
import { askOne, votesCall } from "./round.ts";

/**
 * `answer`, or a time-out as soon as it is late and the acceptor of that region does not answer either: what takes its
 * time is waited for, a region that is gone is not.
 */
export function withLivenessProbe<Answer>(
  context: NodeContext,
  region: Region,
  answer: Promise<Outcome<Answer>>,
  lateMs: number,
): Promise<Outcome<Answer>> {
  const { host, configuration } = context;
  return new Promise((resolve) => {
    const look = async (): Promise<void> => {
      if ((await askOne(context, region, votesCall(configuration, false))) === "lost")
        resolve({ ok: false, why: "timeout" });
    };
    const cancel = host.timer(lateMs, () => host.background(look()));
    host.background(
      answer.then((outcome) => {
        cancel();
        resolve(outcome);
      }),
    );
  });
}
