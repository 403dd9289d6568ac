import type { Host } from "../../network/host.ts";
import type { NodeLimits } from "../limits.ts";
import type { Meter } from "../metrics/meter.ts";
import type { Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { Health } from "../rpc/health.ts";
import type { VoteTrace } from "../telemetry/vote-trace.ts";
import type { Membership } from "./membership.ts";

/** What a learner's context is made of. */
export interface LearnerSurroundings {
  readonly host: Host;
  readonly parts: Parts;
  readonly limits: NodeLimits;
  readonly membership: Membership;
  readonly trace: VoteTrace;
  readonly meter: Meter;
}

/** What a learner's parts share: the network is listened to by those who want to know what is said on it. */
export function learnerContext({
  parts: given,
  host,
  limits,
  membership,
  trace,
  meter,
}: LearnerSurroundings): NodeContext {
  const parts = membership.listening(trace.parts(given));
  const { configuration } = membership;
  return { host, parts, configuration, health: new Health(host, parts.region), limits, meter };
}
