import { WINDOW_SLOTS } from "../core/log.ts";

/** Bounds of the moving parts in number and bytes. A parameter of every part, so that tests can come near them. */
export interface NodeLimits {
  /** Rounds that a leader, or a region's batcher, has under way at once. */
  readonly pipelineMax: number;
  /** Quorum reads that a learner has under way at once, each for all readers that came before it. */
  readonly readRoundsMax: number;
  /** Commands that wait for a round, and bytes of them. */
  readonly queueCommandsMax: number;
  readonly queueBytesMax: number;
  /** Commands that go together in one entry, and bytes of them. */
  readonly batchCommandsMax: number;
  readonly batchBytesMax: number;

  /** Calls that a learner holds while they wait for its state, and requests of one namespace that a Worker holds. */
  readonly callsHeldMax: number;
  readonly requestsHeldMax: number;

  /** Bytes of bodies that are sent along with a promise; the rest has to be asked for. */
  readonly inlineBytesMax: number;
  /** One message, well below the platform's 32 MiB. */
  readonly messageBytesMax: number;
  readonly messageEntriesMax: number;

  /** Bytes of large answers to reads that are on their way to those who asked. */
  readonly answersBytesMax: number;

  /** Chosen entries, and bytes of them, that a learner holds above a gap, or keeps for one receiver. */
  readonly pendingEntriesMax: number;
  readonly pendingBytesMax: number;
  /** Chosen entries that a learner applies in one transaction, and bytes of them after which no more are added. */
  readonly appliedAtOnceMax: number;
  readonly appliedAtOnceBytes: number;
  /** Applied entries that a learner remembers, to tell peers and its acceptor. */
  readonly recentEntriesMax: number;
  readonly recentBytesMax: number;
  /** Results of the newest commands that a learner remembers, and bytes of those that it remembers whole. */
  readonly recentResultsMax: number;
  readonly recentResultsBytesMax: number;

  /** Slots that an acceptor's log keeps below what a majority of learners hold, for those who catch up. */
  readonly logRetainedSlots: number;
  /** The log is shortened by at least, and in the ordinary case at most, so many slots at a time. */
  readonly logDropSlots: number;
  readonly logDropSlotsMax: number;
  /** As `logDropSlots`, where entries are large. */
  readonly logDropSlotsLarge: number;
  /** How far above its chosen prefix an acceptor casts fast votes. */
  readonly windowSlots: number;
  /** Slots handed out beyond what is chosen; then they are handed out again. Well below the acceptors' window. */
  readonly reservedSlotsMax: number;
  /** Leases that one learner proposes to end at a time. */
  readonly expiriesMax: number;
}

const MIB = 1024 * 1024;

/**
 * What a learner holds for others. Each kind has a share of its own, so that none of them starves another: a watcher
 * that reads nothing keeps nobody from writing.
 */
export const HELD_SHARES = {
  /** Frames that watchers were sent and did not acknowledge, and the cache of frames. */
  watchers: 20 * MIB,
  answers: 8 * MIB,
  /** Commands that wait for a round. */
  queue: 8 * MIB,
  /** Results of commands, for whoever waits for them or repeats a request. */
  results: 8 * MIB,
  /** Applied entries, for peers that missed them and for the home acceptor. */
  entries: 4 * MIB,
} as const;

/** The sum of the shares. An isolate has 128 MiB. */
export const HELD_BYTES_MAX = 48 * MIB;

export const NODE_LIMITS: NodeLimits = {
  pipelineMax: 8,
  readRoundsMax: 8,
  queueCommandsMax: 4_096,
  queueBytesMax: HELD_SHARES.queue,
  batchCommandsMax: 256,
  batchBytesMax: 1.5 * MIB,

  callsHeldMax: 8_192,
  requestsHeldMax: 4_096,

  inlineBytesMax: MIB / 2,
  messageBytesMax: 4 * MIB,
  messageEntriesMax: 256,

  answersBytesMax: HELD_SHARES.answers,

  pendingEntriesMax: 2_048,
  pendingBytesMax: 16 * MIB,
  appliedAtOnceMax: 16,
  appliedAtOnceBytes: MIB,
  recentEntriesMax: 2_048,
  recentBytesMax: HELD_SHARES.entries,
  recentResultsMax: 2_048,
  recentResultsBytesMax: HELD_SHARES.results,

  logRetainedSlots: 4_096,
  logDropSlots: 512,
  logDropSlotsMax: 2_048,
  logDropSlotsLarge: 16,
  windowSlots: WINDOW_SLOTS,
  reservedSlotsMax: 256,
  expiriesMax: 1_024,
};
