/** Times of the moving parts in milliseconds, and how often they try. */

/** A client's request, unless it asks for less. */
export const REQUEST_DEADLINE_MS = 8_000;
/** A call is given up after this many round trips of the published table, and this much for the work itself. */
export const CALL_ROUND_TRIPS = 2;
export const CALL_MARGIN_MS = 600;
/** The same for a part that did not answer last time: it is asked again, and hardly waited for. */
export const SUSPECT_ROUND_TRIPS = 1.2;
export const SUSPECT_MARGIN_MS = 60;
/** One of the acceptors that are asked first is late after so many of its round trips, and this: the others are asked. */
export const LATE_ROUND_TRIPS = 1.25;
export const LATE_MS = 25;
/** How long a missing answer is held against a part that nobody hears from. */
export const SUSPECT_MS = 10_000;

/** Calls of one process to one object go together: so many of them are under way at once, or so far apart. */
export const SHARED_CALLS = 4;
export const SHARED_GATHER_MS = 4;
/** A request that gathers a call and has not made it for so long has ended. */
export const SHARED_FORSAKEN_MS = 100;

/** Backoff between recovery attempts: of the own quorum's round trip, doubling, capped. */
export const BACKOFF_ROUND_TRIPS = 1.5;
export const BACKOFF_MIN_MS = 8;
export const BACKOFF_MAX_MS = 2_000;
/** Before all learners are asked once more that could not answer. */
export const ASK_AGAIN_MS = 50;
/** Misses after which a writer stops racing and recovers. */
export const FAST_ATTEMPTS_MAX = 3;
/**
 * A writer that misses does not race again, but asks for a leader, where more than this share of the last rounds
 * missed, and more than a few of them.
 */
export const MISS_RATE_MAX = 0.05;
export const MISSES_MIN = 3;
export const RACES_REMEMBERED = 32;
export const RECOVER_ATTEMPTS_MAX = 12;

/** A round that can be had in less crosses no wide area. */
export const ROUND_NEAR_MS = 25;
/** Weight of each older entry against the next in the average batch size that status shows. */
export const BATCH_SIZE_DECAY = 0.95;
/** A leader with nothing to do for this long opens the log again. */
export const LEADER_IDLE_MS = 3_000;
/** Time that a leader may take to be elected and decide, beyond its distance, before its caller looks elsewhere. */
export const LEADER_PATIENCE_MS = 2_500;
/** A leader that is busy is asked again after up to so long. */
export const LEADER_BUSY_MS = 250;
/** How often a leader that is busy is asked with one entry. */
export const LEADER_TRIES_MAX = 8;
/** How often a learner that is overloaded is asked before the client is told: to write, and to answer a large read. */
export const BUSY_TRIES_MAX = 3;
export const ANSWER_TRIES_MAX = 8;

/** Between two messages to a peer, so that each brings many entries when there are many: next to nothing on its way. */
export const GOSSIP_GAP_MS = 20;
/** Attempts to tell a peer before leaving it to find out by itself. */
export const GOSSIP_ATTEMPTS_MAX = 3;
/**
 * Chosen entries wait this long for more, or until there are so many, before the home acceptor is told: no answer
 * depends on it, but its own alarm would ask for them after `UNDECIDED_MS`.
 */
export const ACCEPTOR_GATHER_MS = 400;
export const ACCEPTOR_GATHER_ENTRIES = 32;
/** The end of the log as it was so long ago says too little of where it ends now. */
export const HINT_MS = 30_000;
/** A slot handed to one writer is not handed to another for this long. */
export const RESERVE_MS = 400;

/** An acceptor leaves an undecided vote to its proposer for this long; then the acceptor finishes it. */
export const UNDECIDED_MS = 900;
export const UNDECIDED_RANK_MS = 150;
export const UNDECIDED_JITTER_MS = 200;
export const UNDECIDED_MAX_MS = 15_000;
/** Between the learners' proposals to end the same lease. */
export const EXPIRY_RANK_MS = 250;
/** Before a learner looks again at a lease whose end it proposed. */
export const EXPIRY_RETRY_MS = 1_500;
/**
 * An alarm set for the very millisecond that the running one was set for is lost with it (seen with workerd of
 * 2026-08), so the next one is always a little later.
 */
export const ALARM_MS_MIN = 10;
/** An alarm is set for at most so long from now: a lease may last longer than a host can count. */
export const ALARM_MS_MAX = 24 * 60 * 60 * 1_000;
/** An alarm that did not come so long after its time is set again. */
export const ALARM_LATE_MS = 20_000;
/** Between two proposals of one learner to compact by itself. */
export const RETENTION_RETRY_MS = 10_000;
/** Between two steps of physical compaction, and how long it rests while a snapshot is read. */
export const COMPACT_PAUSE_MS = 50;
export const SNAPSHOT_READER_MS = 20_000;
/** How often a learner with watchers makes sure that it missed nothing. */
export const ANTI_ENTROPY_MS = 2_000;

/** How long the register of a namespace's members is waited for. It is asked by blank parts only, and is anywhere. */
export const REGISTER_MS = 2_000;
