/** Limits of the state machine, each with its unit. What a client may send is limited in `api/limits.ts`. */

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Changes of keys in one command. A delete of more is refused: a command that outlasts what a host lets one event
 * take would be chosen all the same, and no learner could ever get past it.
 */
export const CHANGES_PER_COMMAND_MAX = 262_144;
/** Keys and values in one answer. More is refused, for the same reason; pages are what limits and cursors are for. */
export const ANSWER_BYTES_MAX = 8 * MIB;
/** The same of a command, below `LEVEL_DOCUMENTS`. */
export const ANSWER_BYTES_MAX_BEFORE = 32 * MIB;
/** Keys and values of results that are told together. Of what is beyond, verdicts, revisions and versions are told. */
export const RESULTS_BYTES_MAX = 8 * MIB;
/**
 * What one command, and all of an entry together, may cost: keys that they pass, changes, KiB of values. An entry that
 * costs all it may takes a learner about a second.
 */
export const COMMAND_COST_MAX = 100_000;
export const ENTRY_COST_MAX = 200_000;
export const COST_VALUE_BYTES = KIB;
/** Commands of an entry that may be found to be refused only while they run; then no more are tried that may be. */
export const WITHDRAWALS_MAX = 3;
/** What a scan counts for among the commands of an entry. */
export const SCAN_WEIGHT = 16;
/** The same for several entries applied together; those with more are applied one by one. */
export const TOGETHER_ANSWER_BYTES_MAX = 8 * MIB;
export const TOGETHER_CHANGES_MAX = 16_384;
/** What a key counts for in an answer besides its own bytes and its value's: about what it takes in memory. */
export const KEY_OVERHEAD_BYTES = 128;

/**
 * What is buffered of keys and values, or of request ids and results, before it is written, and so what a statement may
 * carry: a Durable Object's SQL takes no string longer than 2 MB, and an entry it refused no learner would get past.
 */
export const WRITE_BUFFER_BYTES_MAX = MIB;
/** Names of keys, and what goes with them, in one of the two generations of newest versions kept in memory. */
export const HEAD_CACHE_BYTES_MAX = 2 * MIB;
/** About what a newest version takes in memory besides the name of its key, its record of the content digest included. */
export const HEAD_OVERHEAD_BYTES = 256;

/** B of the protocol, "Exactly once": how far a command's slot may be from its birth. */
export const EXACTLY_ONCE_SLOTS = 65_536;
/** A larger result is not kept; a repeat of its request is told only that it took effect. */
export const KEPT_RESULT_BYTES_MAX = 64 * KIB;

/** Limits that no two learners have to agree on. A parameter of the state machine, so that tests can come near them. */
export interface StateLimits {
  /** Rows that one step of physical compaction may touch. */
  readonly compactStepRowsMax: number;
  /** Keys and values in one page of a snapshot, unless a single row is larger. */
  readonly snapshotPageBytesMax: number;
  /** Leases that the head of a snapshot carries; where more are held, all of them come in pages. */
  readonly snapshotLeasesMax: number;
  /** What a read may cost, in the units in which commands are counted. */
  readonly queryCostMax: number;
}

export const STATE_LIMITS: StateLimits = {
  compactStepRowsMax: 500,
  snapshotPageBytesMax: MIB,
  snapshotLeasesMax: 1_000,
  queryCostMax: 250_000,
};
