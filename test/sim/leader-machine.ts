import { Leader } from "../../src/node/leader/leader.ts";
import type { LeaderAnswer, LeaderCall } from "../../src/node/rpc/leader-call.ts";
import { type Actor, DurableMachine } from "./durable-machine.ts";
import type { Instance } from "./instance.ts";

/** The leader of one region, which stores nothing. */
export class LeaderMachine extends DurableMachine<LeaderCall, LeaderAnswer> {
  protected actorFor(instance: Instance): Actor<LeaderCall, LeaderAnswer> {
    if (this.deployment.plan.leaderless) return { handle: async () => ({ kind: "silent" }), alarm: async () => {} };
    const leader = new Leader(
      instance,
      this.deployment.partsOf(instance),
      this.deployment.configuration,
      this.deployment.limits.node,
    );
    return { handle: (call) => leader.handle(call), alarm: async () => {} };
  }
}
