import type { Revision, WatchEvent } from "../api/key-value.ts";
import { invariant } from "../core/invariant.ts";
import type { Command, Refusal, Result } from "./command.ts";
import type { ContentChange } from "./content-change.ts";
import { CommandCost, type EntryCost, TooExpensive } from "./cost.ts";
import type { Draft } from "./draft.ts";
import { keptDecode, keptEncode } from "./kept-result.ts";
import { LEVEL_FINGERPRINTS } from "./level.ts";
import { ANSWER_BYTES_MAX, ANSWER_BYTES_MAX_BEFORE } from "./limits.ts";
import type { Operations } from "./ops/registry.ts";
import type { Quotas, UsageChange } from "./quota.ts";
import { refused, refusedExpensive } from "./refuse.ts";
import { requestExpired, requestReused } from "./request.ts";
import type { Sql } from "./sql.ts";
import { fieldsLevel, Unsupported } from "./support.ts";
import { LEVEL_DOCUMENTS } from "./system-space.ts";
import { type Turn, turnRevision } from "./turn.ts";

/** What commands are applied with, whichever they are. */
export interface CommandRules {
  readonly sql: Sql;
  /** B of the protocol, "Exactly once". */
  readonly bound: number;
  readonly operations: Operations;
  /** The highest level that is applied. */
  readonly buildLevel: number;
}

/** An entry while it is applied. */
export interface Work {
  readonly draft: Draft;
  readonly slot: number;
  readonly heardMs: number;
  revision: Revision;
  compact: Revision;
  level: number;
  policy: Revision;
  restore: string | null;
  /** Undefined below `LEVEL_DOCUMENTS`. */
  readonly usage: UsageChange | undefined;
  quotas: Quotas | null;
  readonly events: WatchEvent[];
  readonly cost: EntryCost | undefined;
  readonly content: ContentChange | undefined;
}

const COMMAND_FIELDS: Readonly<Record<keyof Command, number>> = {
  id: 0,
  birth: 0,
  print: 0,
  stamp: LEVEL_DOCUMENTS,
  actor: LEVEL_DOCUMENTS,
  time: LEVEL_DOCUMENTS,
  op: 0,
};

/** The feature level that a command needs. */
export function commandLevel(operations: Operations, command: Command): number {
  return Math.max(fieldsLevel("a command", COMMAND_FIELDS, command), operations.level(command.op));
}

/** Applies one command (protocol, "Exactly once"), or repeats what it came to the first time. */
export function commandRun(rules: CommandRules, work: Work, command: Command, refusal: Refusal | undefined): Result {
  const { sql, operations, bound } = rules;
  const { slot, draft } = work;
  const seen = draft.requests.find(command.id, slot);
  if (seen) {
    if (work.level >= LEVEL_FINGERPRINTS && requestReused(seen, command.print)) return refused("reused", work.revision);
    if (seen.slot !== slot) draft.requests.keep(command.id, slot, seen.kept, seen.print);
    return keptDecode(operations, sql, seen.kept);
  }
  // Nothing is kept of it: a later slot may be near enough, and the id is then as good as new.
  if (requestExpired(command, slot, bound)) return refused("expired", work.revision);

  const isRaised = work.level >= rules.buildLevel;
  if (!isRaised && commandLevel(operations, command) > work.level) return refused("upgrading", work.revision);
  if (isOutdated(operations, work, command)) return refused("policy-changed", work.revision);

  // Nothing is kept of it either: once the store is whole, the request is as good as new.
  if (work.restore !== null && operations.of(command.op).isRestoring !== true)
    return refused("restoring", work.revision);

  const turn = turnOf(sql, work, command);
  const result = refusal ? refused(refusal, work.revision) : operate(operations, turn, command);
  draft.count(turn);
  work.revision = turnRevision(turn);
  work.compact = turn.compact;
  work.policy = turn.policy;
  work.restore = turn.restore;
  work.quotas = turn.quotas;
  if (turn.level > rules.buildLevel) throw new Unsupported(`the level ${turn.level}`);
  work.level = turn.level;
  for (const event of turn.events) work.events.push(event);
  const print = work.level >= LEVEL_FINGERPRINTS ? command.print : undefined;
  if (isKept(operations, work, command)) {
    draft.requests.keep(command.id, slot, keptEncode(operations, command.op, result), print ?? null);
  }
  return result;
}

function isKept(operations: Operations, { level }: Work, { op }: Command): boolean {
  return level < LEVEL_DOCUMENTS || operations.of(op).keepsNothing !== true;
}

/**
 * Whether a command was permitted under other documents than those that the commands before it left (protocol,
 * "Policy"). Nothing is kept of it: the same request, decided anew, is as good as new.
 */
function isOutdated(operations: Operations, { level, policy }: Work, { op, stamp = 0 }: Command): boolean {
  return level >= LEVEL_DOCUMENTS && stamp !== policy && operations.of(op).isUnstamped !== true;
}

function operate(operations: Operations, turn: Turn, { op }: Command): Result {
  try {
    return operations.run(turn, op);
  } catch (error) {
    if (!(error instanceof TooExpensive)) throw error;
    invariant(turn.events.length === 0, "what a command costs is counted before it changes anything");
    return refusedExpensive(turn.before, error.counted, error.limit);
  }
}

function turnOf(
  sql: Sql,
  { draft, slot, heardMs, revision, compact, level, policy, restore, usage, quotas, cost, content }: Work,
  { id: requestId, actor, time }: Command,
): Turn {
  const answerBytesMax = level >= LEVEL_DOCUMENTS ? ANSWER_BYTES_MAX : ANSWER_BYTES_MAX_BEFORE;
  return {
    sql: draft.sql,
    direct: sql,
    buffer: draft.buffer,
    heads: draft.heads,
    slot,
    requestId,
    heardMs,
    before: revision,
    compact,
    level,
    policy,
    restore,
    usage,
    quotas,
    revision: undefined,
    labels: { ...(actor === undefined ? {} : { actor }), ...(time === undefined ? {} : { time }) },
    events: [],
    answerBytesMax,
    answerBytesLeft: answerBytesMax,
    content,
    cost: cost && new CommandCost(cost),
  };
}
