import { Leader } from "../../src/node/leader/leader.ts";
import type { LeaderAnswer, LeaderCall } from "../../src/node/rpc/call.ts";
import { type Actor, DurableMachine } from "./durable-machine.ts";
import type { Life } from "./life.ts";

/** The leader of one region, which stores nothing. */
export class LeaderMachine extends DurableMachine<LeaderCall, LeaderAnswer> {
  protected build(life: Life): Actor<LeaderCall, LeaderAnswer> {
    if (this.world.isLeaderless) return { handle: async () => ({ kind: "silent" }), alarm: async () => {} };
    const leader = new Leader(life, this.world.partsOf(life), this.world.configuration);
    return { handle: (call) => leader.handle(call), alarm: async () => {} };
  }
}
