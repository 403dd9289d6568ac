import type { MetricType } from "../../api/exposition.ts";

/** What a series is, and the names of the labels that a part gives it; namespace and region come on top. */
export interface MetricKind {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  readonly bounds?: readonly number[];
}

/** Seconds: from a call within a region to a request's deadline. */
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 8];
const COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

function counter(name: string, help: string, ...labels: string[]): MetricKind {
  return { name, type: "counter", help, labels };
}

function gauge(name: string, help: string, ...labels: string[]): MetricKind {
  return { name, type: "gauge", help, labels };
}

function histogram(name: string, help: string, bounds: readonly number[], ...labels: string[]): MetricKind {
  return { name, type: "histogram", help, labels, bounds };
}

/**
 * What parts count while they work. Every learner counts what it proposed, answered and applied itself: what is applied
 * is applied in every region, and is counted there.
 */
export const COUNTED = {
  commits: counter("synod_commits_total", "Entries that this region proposed and had chosen", "path"),
  fastMisses: counter("synod_fast_misses_total", "Fast rounds of this region that chose nothing"),
  recoveries: counter("synod_recoveries_total", "Rounds in which this region finished what others left undecided"),
  leaderChanges: counter("synod_leader_changes_total", "Times that another region took the lead"),
  reads: counter("synod_reads_total", "Reads that this region's learner answered", "consistency"),
  watchersDropped: counter("synod_watchers_dropped_total", "Watchers whose connection this learner ended", "reason"),
  rateLimited: counter(
    "synod_rate_limited_total",
    "Writes of this region refused because the namespace writes too fast",
  ),
  authDenied: counter("synod_auth_denied_total", "Requests that this region's learner did not permit", "reason"),
  leaseExpirations: counter("synod_lease_expirations_total", "Leases that ran out, as applied here"),
  digestMismatches: counter("synod_digest_mismatches_total", "Times that learners were found to hold different states"),
  rowsWritten: counter("synod_rows_written_total", "Rows written, as the platform bills them", "role"),
  objectRequests: counter("synod_object_requests_total", "Requests to objects, as the platform bills them", "role"),
  requestSeconds: histogram(
    "synod_request_seconds",
    "Time that this region's learner took for requests",
    SECONDS,
    "op",
    "outcome",
  ),
  roundTripSeconds: histogram(
    "synod_round_trip_seconds",
    "Time from a call of this region's learner to an acceptor's answer",
    SECONDS,
    "to",
  ),
  batchCommands: histogram("synod_batch_commands", "Commands in an entry that this region proposed", COMMANDS),
  etcdFailed: counter("etcd_server_proposals_failed_total", "Entries that this region proposed without an outcome"),
  etcdPuts: counter("etcd_mvcc_put_total", "Puts, as applied here"),
  etcdDeletes: counter("etcd_mvcc_delete_total", "Deletes that deleted something, as applied here"),
  etcdTxns: counter("etcd_mvcc_txn_total", "Transactions, as applied here"),
  etcdRanges: counter("etcd_mvcc_range_total", "Ranges that this region's learner read"),
} as const satisfies Readonly<Record<string, MetricKind>>;

export type CountedName = keyof typeof COUNTED;

/** The counters of a learner whose labels have few values: they are there from the start. */
export const LEARNER_SERIES: readonly (readonly [CountedName, ...string[]])[] = [
  ["commits", "fast"],
  ["commits", "classic"],
  ["commits", "leader"],
  ["fastMisses"],
  ["recoveries"],
  ["leaderChanges"],
  ["reads", "linearizable"],
  ["reads", "local"],
  ["watchersDropped", "too-slow"],
  ["watchersDropped", "compacted"],
  ["watchersDropped", "invalid"],
  ["watchersDropped", "restart"],
  ["rateLimited"],
  ["authDenied", "unauthenticated"],
  ["authDenied", "forbidden"],
  ["leaseExpirations"],
  ["digestMismatches"],
  ["etcdFailed"],
  ["etcdPuts"],
  ["etcdDeletes"],
  ["etcdTxns"],
  ["etcdRanges"],
];

/** What stands where it stands when it is asked for. */
export const GAUGES = {
  build: gauge(
    "synod_build_info",
    "The feature level of the state, and the highest that the build knows",
    "level",
    "build_level",
  ),
  acceptorUp: gauge("synod_acceptor_up", "1 while the acceptor answers and takes part"),
  quorumMargin: gauge("synod_quorum_margin", "How many acceptors more may fail before writes stop; below 0: stopped"),
  chosenSlot: gauge("synod_chosen_slot", "The slot up to which this region's acceptor knows everything chosen"),
  appliedSlot: gauge("synod_applied_slot", "The slot up to which this region's learner has applied everything"),
  applyLag: gauge(
    "synod_apply_lag_seconds",
    "For how long this learner has missed something that it knows to be chosen; with watchers, also the age of its state",
  ),
  leader: gauge("synod_leader", "1 for the region that leads; no series while none does"),
  watchers: gauge("synod_watchers", "Connections that watch at this region's learner"),
  watchLag: gauge("synod_watch_lag_seconds", "Age of what watchers here were told; no series without watchers"),
  revision: gauge("synod_revision", "The newest revision of this region's learner"),
  compactRevision: gauge("synod_compact_revision", "The oldest revision that can be read here; 0: all can"),
  storageBytes: gauge("synod_storage_bytes", "Bytes that an object stores", "kind"),
  keys: gauge("synod_keys", "Keys that exist"),
  leases: gauge("synod_leases", "Leases that are held"),
  usedBytes: gauge("synod_used_bytes", "Bytes of the keys that exist and their values"),
  historyBytes: gauge("synod_history_bytes", "Bytes of all versions above the compacted revision"),
  quotaBytes: gauge("synod_quota_bytes", "What synod_used_bytes may come to; no series where that is not limited"),
  /** Counted of what only rises. */
  costDollars: counter(
    "synod_cost_dollars_total",
    "Price of the requests and of the rows written that are counted here; rows read, duration and storage come on top",
  ),
  etcdHasLeader: gauge("etcd_server_has_leader", "1 while enough acceptors answer for writes, led or not"),
  etcdPending: gauge("etcd_server_proposals_pending", "Slots in which this region's acceptor knows of undecided votes"),
  etcdDbBytes: gauge("etcd_mvcc_db_total_size_in_bytes", "Bytes that this region's learner stores"),
  etcdQuotaBytes: gauge("etcd_server_quota_backend_bytes", "The same as synod_quota_bytes"),
  /** Slots never fall, so that these two are counters. */
  etcdCommitted: counter("etcd_server_proposals_committed_total", "The highest slot that this learner knows chosen"),
  etcdApplied: counter("etcd_server_proposals_applied_total", "The slot up to which this learner has applied"),
} as const satisfies Readonly<Record<string, MetricKind>>;

export type GaugeName = keyof typeof GAUGES;

/** The same numbers under etcd's names, for panels that are there already. */
export const ETCD_TWINS: Readonly<Partial<Record<CountedName, MetricKind>>> = {
  leaderChanges: counter("etcd_server_leader_changes_seen_total", "Times that another region took the lead"),
  roundTripSeconds: histogram(
    "etcd_network_peer_round_trip_time_seconds",
    "Time from a call of this region's learner to an acceptor's answer",
    SECONDS,
    "To",
  ),
};
