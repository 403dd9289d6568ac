import { z } from "zod";
import { StatusAnswer } from "../../api/answer.ts";
import type { AcceptorStatus, LearnerStatus, NamespaceStatus } from "../../node/coordinate/coordinator.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { route } from "../route.ts";
import { DECIDED_HEADERS, IN_NAMESPACE, NONE } from "../schemas.ts";

export const statusRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/status",
    operationId: "status",
    summary: "Who votes, who learns, how far each has come",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "The namespace as seen from where the caller is",
        headers: { "synod-revision": DECIDED_HEADERS["synod-revision"] },
        content: { "application/json": { schema: StatusAnswer } },
      },
    },
    problems: [],
  },
  async ({ context, params }, deps) => {
    const status = await coordinatorOf(context, deps, params.ns).status();
    return jsonResponse(statusToJson(status), { "synod-revision": `${status.revision}` });
  },
);

function statusToJson({ namespace, epoch, revision, mode, acceptors, learners }: NamespaceStatus) {
  const answer = {
    namespace,
    epoch,
    revision,
    mode,
    acceptors: acceptors.map(acceptorToJson),
    learners: learners.map(learnerToJson),
  };
  return answer satisfies Loose<z.infer<typeof StatusAnswer>>;
}

/** JSON leaves out what is undefined, so an optional member may just as well be that. */
type Loose<T> = T extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Loose<T[Name]> | (undefined extends T[Name] ? undefined : never) }
    : T;

function acceptorToJson(acceptor: AcceptorStatus) {
  return {
    region: acceptor.region,
    reachable: acceptor.reachable,
    promised: acceptor.promised,
    open_from: acceptor.openFrom,
    leader: acceptor.leader,
    last_slot: acceptor.lastSlot,
    chosen_up_to: acceptor.chosenUpTo,
    round_trip_ms: acceptor.roundTripMs,
    silent: acceptor.silent,
    life: acceptor.life,
    since_ms: acceptor.sinceMs,
  };
}

function learnerToJson(learner: LearnerStatus) {
  return {
    region: learner.region,
    reachable: learner.reachable,
    applied_up_to: learner.appliedUpTo,
    revision: learner.revision,
    digest: learner.digest,
    watchers: learner.watchers,
    watch_bytes: learner.watchBytes,
    lag_ms: learner.lagMs,
    lag_slots: learner.lagSlots,
    batch_size: learner.batchSize,
    miss_rate: learner.missRate,
    level: learner.level,
    build_level: learner.buildLevel,
    stopped: learner.stopped,
    suspended: learner.suspended,
    alarms: learner.alarms?.map(({ kind, detail, atMs }) => ({ kind, detail, at: new Date(atMs).toISOString() })),
    round_trip_ms: learner.roundTripMs,
  };
}
