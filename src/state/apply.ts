import type { Revision, WatchEvent } from "../api/key-value.ts";
import { invariant } from "../core/invariant.ts";
import type { Command, Refusal, Result } from "./command.ts";
import { LEVEL_CONTENT } from "./content.ts";
import { ContentChange, contentBegin } from "./content-change.ts";
import { COST_LIMITS, CommandCost, type CostLimits, EntryCost, TooExpensive } from "./cost.ts";
import { digestNext } from "./digest.ts";
import { Draft } from "./draft.ts";
import type { EntryBody } from "./entry.ts";
import type { HeadCache } from "./heads.ts";
import { keptDecode, keptEncode } from "./kept-result.ts";
import { LEVEL_COSTS, LEVEL_FINGERPRINTS, levelBefore } from "./level.ts";
import { ANSWER_BYTES_MAX, WITHDRAWALS_MAX } from "./limits.ts";
import { type Meta, metaMove, metaSave } from "./meta.ts";
import type { Operations } from "./ops/registry.ts";
import { outcomeOf } from "./outcome.ts";
import { refused, refusedExpensive } from "./refuse.ts";
import { requestExpired, requestReused, requestTurnOver } from "./request.ts";
import type { ResultBudget } from "./result-budget.ts";
import type { Sql } from "./sql.ts";
import { fieldsLevel, Unsupported } from "./support.ts";
import { LEVEL_DOCUMENTS } from "./system-space.ts";
import { type Turn, turnRevision, Withdrawal } from "./turn.ts";
import { versionFirst } from "./version.ts";

/** What a slot decided, decoded. No commands is the NOOP. */
export interface AppliedEntry extends EntryBody {
  readonly id: string;
  /** As it stands in the log. Learners give it always, or digests differ. */
  readonly body?: Uint8Array;
}

export interface Applied {
  /** One for each command, in order; see `ResultBudget`. */
  readonly results: readonly Result[];
  /** Every change of the entry, in order; revisions are whole. */
  readonly events: readonly WatchEvent[];
}

/** What entries are applied with, whichever they are. */
export interface Applying {
  readonly sql: Sql;
  readonly heads: HeadCache;
  /** B of the protocol, "Exactly once". */
  readonly bound: number;
  readonly operations: Operations;
  /** What commands may cost; undefined: those of `COST_LIMITS`, from the feature level on that counts. */
  readonly costs: CostLimits | undefined;
  /** The highest level that is applied. */
  readonly buildLevel: number;
}

/** One try to apply entries. */
export interface Try {
  readonly entries: readonly AppliedEntry[];
  /** Commands that an earlier try found to be refused for what shows only while they run; of a lone entry only. */
  readonly refusals: ReadonlyMap<number, Refusal>;
  /** The learner's clock, for its own lease timers alone. */
  readonly heardMs: number;
  readonly budget: ResultBudget;
  /** What a lone entry has left after the tries before this one. */
  readonly cost?: EntryCost | undefined;
  readonly ending: "commit" | "roll back";
}

export type Attempt =
  | { readonly kind: "applied"; readonly applied: readonly Applied[]; readonly meta: Meta }
  /** Nothing was applied: the command at `index` has to be refused, or these entries are too much together. */
  | { readonly kind: "withdrawn"; readonly index: number; readonly why: Refusal };

/** Throws `Unsupported` for anything in an entry that this build does not know. Writes nothing. */
export function entryCheck(
  { operations, buildLevel }: Applying,
  { genesis = 0, commands, unknown }: AppliedEntry,
): void {
  if (unknown !== undefined) throw new Unsupported(unknown);
  if (genesis > buildLevel) throw new Unsupported(`the level ${genesis}`);
  for (const command of commands) {
    commandLevel(operations, command);
  }
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
function commandLevel(operations: Operations, command: Command): number {
  return Math.max(fieldsLevel("a command", COMMAND_FIELDS, command), operations.level(command.op));
}

/** Applies entries that follow `meta`, all of them in one transaction or none. */
export function applyEntries(applying: Applying, meta: Meta, attempt: Try): Attempt {
  const { sql, heads, bound, operations } = applying;
  const draft = new Draft(sql, heads, bound, operations);
  const place = { index: 0 };
  try {
    const done = sql.transaction(() => {
      const run = runEntries(applying, draft, meta, attempt, place);
      if (attempt.ending === "roll back") throw new RollBack(run);
      draft.buffer.flush();
      metaMove(sql, meta.level, run.meta.level);
      metaSave(sql, run.meta);
      return run;
    });
    draft.heads.commit();
    return { kind: "applied", ...done };
  } catch (error) {
    if (error instanceof RollBack) return { kind: "applied", ...error.run };
    if (!(error instanceof Withdrawal)) throw error;
    return { kind: "withdrawn", index: place.index, why: error.why };
  }
}

interface Run {
  readonly applied: readonly Applied[];
  readonly meta: Meta;
}

/** Ends the transaction of entries that were only to be looked at. */
class RollBack extends Error {
  override readonly name = "RollBack";
  readonly run: Run;

  constructor(run: Run) {
    super("only looked at");
    this.run = run;
  }
}

function runEntries(applying: Applying, draft: Draft, before: Meta, attempt: Try, place: { index: number }): Run {
  const { entries, refusals, heardMs, budget } = attempt;
  draft.expect(entries.flatMap(({ commands }) => commands));
  const applied: Applied[] = [];
  let meta = before;
  for (const entry of entries) {
    const level = levelBefore(draft.sql, meta, entry, applying.bound);
    const costs = costsAt(applying, level);
    const cost = costs && (attempt.cost ?? new EntryCost(costs));
    const content = level >= LEVEL_CONTENT ? new ContentChange(meta.content, meta.contentFrom, draft.heads) : undefined;
    const work = { ...workOf(meta, draft, heardMs, level), cost, content };
    requestTurnOver(draft.sql, work.slot, applying.bound);
    const results: Result[] = [];
    const outcomes: number[] = [];
    for (const [at, command] of entry.commands.entries()) {
      place.index = at;
      const refusal = refusals.get(at) ?? lateRefusal(costs, applying.operations, refusals, at, command);
      const result = commandRun(applying, work, command, refusal);
      results.push(budget.fit(result, applying.operations));
      outcomes.push(outcomeOf(applying.operations, result));
      if (entries.length > 1) draft.checkTogether();
    }
    applied.push({ results, events: work.events });
    meta = metaNext(meta, entry, work, outcomes);
  }
  return { applied, meta };
}

/** An entry while it is applied. */
interface Work {
  readonly draft: Draft;
  readonly slot: number;
  readonly heardMs: number;
  revision: Revision;
  compact: Revision;
  level: number;
  policy: Revision;
  readonly events: WatchEvent[];
  readonly cost: EntryCost | undefined;
  readonly content: ContentChange | undefined;
}

/** What commands may cost at a level. */
function costsAt({ costs }: Applying, level: number): CostLimits | undefined {
  return costs ?? (level >= LEVEL_COSTS ? COST_LIMITS : undefined);
}

/** Each refusal found while a command runs costs all before it another run, so that there must be few in an entry. */
function lateRefusal(
  costs: CostLimits | undefined,
  operations: Operations,
  refusals: ReadonlyMap<number, Refusal>,
  at: number,
  { op }: Command,
): Refusal | undefined {
  if (costs === undefined || refusals.size < WITHDRAWALS_MAX || at < Math.max(...refusals.keys())) return undefined;
  return operations.of(op).canWithdraw(op) ? "too-expensive" : undefined;
}

function workOf(
  { applied, revision, compact, policy }: Meta,
  draft: Draft,
  heardMs: number,
  level: number,
): Omit<Work, "cost" | "content"> {
  return { draft, slot: applied + 1, heardMs, revision, compact, level, policy, events: [] };
}

function metaNext(meta: Meta, { id, body }: AppliedEntry, work: Work, outcomes: readonly number[]): Meta {
  const { slot, revision, compact, level, policy, events } = work;
  const counted = contentNext(meta, work);
  const digest = digestNext(meta.digest, {
    slot,
    revision,
    compact,
    level,
    policy,
    content: counted.content,
    entryId: id,
    body,
    outcomes,
    events,
  });
  return { ...meta, ...counted, applied: slot, revision, compact, level, policy, digest };
}

/** The content digest after the entry. One that raises the level to the first that has it begins it. */
function contentNext(meta: Meta, { content, level, revision, draft }: Work): Pick<Meta, "content" | "contentFrom"> {
  if (content !== undefined) return { content: content.sum.digest, contentFrom: content.from };
  if (level < LEVEL_CONTENT) return { content: meta.content, contentFrom: meta.contentFrom };
  return { content: contentBegin(draft.sql), contentFrom: versionFirst(revision + 1) };
}

/** Applies one command (protocol, "Exactly once"), or repeats what it came to the first time. */
function commandRun(applying: Applying, work: Work, command: Command, refusal: Refusal | undefined): Result {
  const { sql, operations, bound } = applying;
  const { slot, draft } = work;
  const seen = draft.requests.find(command.id, slot);
  if (seen) {
    if (work.level >= LEVEL_FINGERPRINTS && requestReused(seen, command.print)) return refused("reused", work.revision);
    if (seen.slot !== slot) draft.requests.keep(command.id, slot, seen.kept, seen.print);
    return keptDecode(operations, sql, seen.kept);
  }
  // Nothing is kept of it: a later slot may be near enough, and the id is then as good as new.
  if (requestExpired(command, slot, bound)) return refused("expired", work.revision);

  const isRaised = work.level >= applying.buildLevel;
  if (!isRaised && commandLevel(operations, command) > work.level) return refused("upgrading", work.revision);
  if (isOutdated(operations, work, command)) return refused("policy-changed", work.revision);

  const turn = turnOf(sql, work, command);
  const result = refusal ? refused(refusal, work.revision) : operate(operations, turn, command);
  draft.count(turn);
  work.revision = turnRevision(turn);
  work.compact = turn.compact;
  work.policy = turn.policy;
  if (turn.level > applying.buildLevel) throw new Unsupported(`the level ${turn.level}`);
  work.level = turn.level;
  for (const event of turn.events) work.events.push(event);
  const print = work.level >= LEVEL_FINGERPRINTS ? command.print : undefined;
  draft.requests.keep(command.id, slot, keptEncode(operations, command.op, result), print ?? null);
  return result;
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
  { draft, slot, heardMs, revision, compact, level, policy, cost, content }: Work,
  { id: requestId, actor, time }: Command,
): Turn {
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
    labels: { ...(actor === undefined ? {} : { actor }), ...(time === undefined ? {} : { time }) },
    events: [],
    answerBytesLeft: ANSWER_BYTES_MAX,
    content,
    cost: cost && new CommandCost(cost),
  };
}
