import type { StatusAnswer } from "../../api/answer.ts";
import type { Loose } from "../../api/loose.ts";
import type { AcceptorStatus, LearnerStatus, NamespaceStatus } from "./coordinator.ts";

/** A namespace's status as its document. Members that are undefined are left out of JSON. */
export function statusToJson(status: NamespaceStatus): Loose<StatusAnswer> {
  const { namespace, epoch, revision, mode, acceptors, learners } = status;
  return {
    namespace,
    epoch,
    revision,
    mode,
    acceptors: acceptors.map(acceptorToJson),
    learners: learners.map(learnerToJson),
  };
}

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
    build_level: acceptor.buildLevel,
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
