/** Bounds of the moving parts. Times in milliseconds, sizes in bytes. */

/** A client's request, unless it asks for less. */
export const REQUEST_DEADLINE_MS = 8_000;
/** A call is given up after this many round trips of the published table, and this much for the work itself. */
export const CALL_ROUND_TRIPS = 2;
export const CALL_MARGIN_MS = 600;
/** The same for somebody who did not answer last time: asked again, hardly waited for. */
export const SUSPECT_ROUND_TRIPS = 1.2;
export const SUSPECT_MARGIN_MS = 60;
/** One of the acceptors that are asked first is late after so many of its round trips, and this: the others are asked. */
export const LATE_ROUND_TRIPS = 1.25;
export const LATE_MS = 25;
/** How long a missing answer is held against an acceptor that nobody hears from. */
export const SUSPECT_MS = 10_000;

/** Calls of one process to one object go together: so many of them are under way at once, or so far apart. */
export const SHARED_CALLS = 4;
export const SHARED_GATHER_MS = 4;
/** Whoever gathers a call and has not made it for so long is gone. */
export const SHARED_FORSAKEN_MS = 100;

/** Backoff between recovery attempts: of the own quorum's round trip, doubling, capped. */
export const BACKOFF_ROUND_TRIPS = 1.5;
export const BACKOFF_MIN_MS = 8;
export const BACKOFF_MAX_MS = 2_000;
/** Before everybody is asked once more who could not answer. */
export const ASK_AGAIN_MS = 50;
/** Misses after which a writer stops racing and recovers. */
export const FAST_ATTEMPTS_MAX = 3;
/**
 * A writer who misses does not race again, but asks for a leader, where more than this share of the last rounds
 * missed, and more than a few of them.
 */
export const MISS_RATE_MAX = 0.05;
export const MISSES_MIN = 3;
export const RACES_REMEMBERED = 32;
export const RECOVER_ATTEMPTS_MAX = 12;

/** Rounds that whoever writes for others has under way at once. */
export const PIPELINE_MAX = 8;
/** A round that can be had in less crosses no wide area. */
export const ROUND_NEAR_MS = 25;
/** Quorum reads a learner has under way at once, each for all readers that came before it. */
export const READ_ROUNDS_MAX = 8;
/** Commands that wait for a round, and what goes together in one. */
export const QUEUE_COMMANDS_MAX = 4_096;
export const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
export const BATCH_COMMANDS_MAX = 256;
export const BATCH_BYTES_MAX = 1_536 * 1024;
/** What older entries count for, each as against the next, in what is told of their size. */
export const BATCH_SIZE_DECAY = 0.95;
/** A leader with nothing to do for this long opens the log again. */
export const LEADER_IDLE_MS = 3_000;
/** What a leader may take to be elected and decide, beyond its distance, before its caller looks elsewhere. */
export const LEADER_PATIENCE_MS = 2_500;
/** A leader that is busy is asked again after up to so long. */
export const LEADER_BUSY_MS = 250;

/** Bodies sent along with a promise before the rest has to be asked for. */
export const INLINE_BYTES_MAX = 512 * 1024;
/** One message, well below the platform's 32 MiB. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
export const MESSAGE_ENTRIES_MAX = 256;

/** Chosen entries, and bytes of them, that a learner holds above a gap, or keeps for one receiver. */
export const PENDING_ENTRIES_MAX = 2_048;
export const PENDING_BYTES_MAX = 16 * 1024 * 1024;
/** Chosen entries that a learner applies in one transaction, and bytes of them after which no more are added. */
export const APPLIED_AT_ONCE_MAX = 16;
export const APPLIED_AT_ONCE_BYTES = 1024 * 1024;
/** Applied entries a learner remembers, to tell peers and its acceptor. */
export const RECENT_ENTRIES_MAX = 2_048;
export const RECENT_BYTES_MAX = 16 * 1024 * 1024;
/** Results of the newest commands that a learner remembers whole. */
export const RECENT_RESULTS_MAX = 2_048;
export const RECENT_RESULTS_BYTES_MAX = 16 * 1024 * 1024;
/** Between two messages to a peer, so that each brings many entries when there are many: next to nothing on its way. */
export const GOSSIP_GAP_MS = 20;
/** Attempts to tell a peer before leaving it to find out by itself. */
export const GOSSIP_ATTEMPTS_MAX = 3;
/**
 * What is chosen waits this long for more, or until there is so much, before the home acceptor is told: no answer
 * depends on it, but its own alarm would ask for it after `UNDECIDED_MS`.
 */
export const ACCEPTOR_GATHER_MS = 400;
export const ACCEPTOR_GATHER_ENTRIES = 32;
/** Slots an acceptor's log keeps below what a majority of learners hold, for those who catch up. */
export const LOG_RETAINED_SLOTS = 4_096;
/** It is shortened by at least, and in the ordinary case at most, so many slots at a time. */
export const LOG_DROP_SLOTS = 512;
/** The same where entries are large. */
export const LOG_DROP_SLOTS_LARGE = 16;
export const LOG_DROP_SLOTS_MAX = 2_048;
/** Where the log ended so long ago says too little of where it ends now. */
export const HINT_MS = 30_000;
/** A slot handed to one writer is not handed to another for this long. */
export const RESERVE_MS = 400;
/** Slots handed out beyond what is chosen; then they are handed out again. Well below the acceptors' window. */
export const RESERVED_SLOTS_MAX = 256;

/** An undecided vote is somebody else's business for this long; then its acceptor finishes it. */
export const UNDECIDED_MS = 900;
export const UNDECIDED_RANK_MS = 150;
export const UNDECIDED_JITTER_MS = 200;
export const UNDECIDED_MAX_MS = 15_000;
/** Between the learners' proposals to end the same lease, and how many one of them makes at a time. */
export const EXPIRY_RANK_MS = 250;
export const EXPIRIES_MAX = 64;
/**
 * An alarm set for the very millisecond that the running one was set for is lost with it (seen with workerd of
 * 2026-08), so the next one is always a little later.
 */
export const ALARM_MS_MIN = 10;
/** An alarm that did not come so long after its time is set again. */
export const ALARM_LATE_MS = 20_000;
/** Between two proposals of one learner to compact by itself. */
export const RETENTION_RETRY_MS = 10_000;
/** Between two steps of physical compaction, and how long it rests while somebody reads a snapshot. */
export const COMPACT_PAUSE_MS = 50;
export const SNAPSHOT_READER_MS = 20_000;
/** How often a learner with watchers makes sure that it missed nothing. */
export const ANTI_ENTROPY_MS = 2_000;
