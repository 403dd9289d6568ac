import type { Host } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import type { RegisterAnswer, RegisterCall } from "../node/register/register-call.ts";
import type { AcceptorAnswer, AcceptorCall, LearnerAnswer, LearnerCall, Parts } from "../node/rpc/call.ts";
import type { LeaderAnswer, LeaderCall } from "../node/rpc/leader-call.ts";
import { DurableNetwork, type Objects } from "./durable-network.ts";
import type { Env } from "./env.ts";

/** The other parts, as reached from `region`. */
export function partsFrom(env: Env, host: Host, region: Region): Parts {
  // The stubs' methods are the handlers'; RPC only wraps their types.
  const acceptors = env.ACCEPTOR as unknown as Objects<AcceptorCall, AcceptorAnswer>;
  const learners = env.LEARNER as unknown as Objects<LearnerCall, LearnerAnswer>;
  const leaders = env.LEADER as unknown as Objects<LeaderCall, LeaderAnswer>;
  const registers = env.REGISTER as unknown as Objects<RegisterCall, RegisterAnswer>;
  return {
    acceptors: new DurableNetwork(acceptors, host, region),
    learners: new DurableNetwork(learners, host, region),
    leaders: new DurableNetwork(leaders, host, region),
    registers: new DurableNetwork(registers, host, region),
    region,
  };
}
