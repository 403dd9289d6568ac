import type { WatchEvent } from "../api/key-value.ts";
import type { Command, Refusal, Result } from "./command.ts";
import { type CommandRules, commandLevel, commandRun, type Work } from "./command-run.ts";
import { LEVEL_CONTENT } from "./content.ts";
import { ContentChange, contentBegin } from "./content-change.ts";
import { COST_LIMITS, type CostLimits, EntryCost } from "./cost.ts";
import { digestNext } from "./digest.ts";
import { Draft } from "./draft.ts";
import type { EntryBody } from "./entry.ts";
import type { HeadCache } from "./heads.ts";
import { LEVEL_COSTS, levelBefore } from "./level.ts";
import { WITHDRAWALS_MAX } from "./limits.ts";
import { type Meta, metaMove, metaSave } from "./meta.ts";
import type { Operations } from "./ops/registry.ts";
import { outcomeOf } from "./outcome.ts";
import { type Usage, usageBegin } from "./quota.ts";
import { requestTurnOver } from "./request.ts";
import type { ResultBudget } from "./result-budget.ts";
import { Unsupported } from "./support.ts";
import { LEVEL_DOCUMENTS } from "./system-space.ts";
import { Withdrawal } from "./turn.ts";
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
export interface Applying extends CommandRules {
  readonly heads: HeadCache;
  /** What commands may cost; undefined: those of `COST_LIMITS`, from the feature level on that counts. */
  readonly costs: CostLimits | undefined;
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
  { applied, revision, compact, policy, restore, usage, quotas }: Meta,
  draft: Draft,
  heardMs: number,
  level: number,
): Omit<Work, "cost" | "content"> {
  const counted = level >= LEVEL_DOCUMENTS ? { ...usage } : undefined;
  const after = { revision, compact, level, policy, restore, usage: counted, quotas };
  return { draft, slot: applied + 1, heardMs, ...after, events: [] };
}

function metaNext(meta: Meta, { id, body }: AppliedEntry, work: Work, outcomes: readonly number[]): Meta {
  const { slot, revision, compact, level, policy, restore, quotas, events } = work;
  const counted = { ...contentNext(meta, work), usage: usageNext(meta, work) };
  const digest = digestNext(meta.digest, {
    slot,
    revision,
    compact,
    level,
    policy,
    content: counted.content,
    held: { usage: counted.usage, quotas },
    entryId: id,
    body,
    outcomes,
    events,
  });
  return { ...meta, ...counted, applied: slot, revision, compact, level, policy, restore, quotas, digest };
}

/** What is held after the entry. One that raises the level to the first that counts begins the count. */
function usageNext(meta: Meta, { usage, level, compact, draft }: Work): Usage {
  if (usage !== undefined) return usage;
  return level < LEVEL_DOCUMENTS ? meta.usage : usageBegin(draft.sql, compact);
}

/** The content digest after the entry. One that raises the level to the first that has it begins it. */
function contentNext(meta: Meta, { content, level, revision, draft }: Work): Pick<Meta, "content" | "contentFrom"> {
  if (content !== undefined) return { content: content.sum.digest, contentFrom: content.from };
  if (level < LEVEL_CONTENT) return { content: meta.content, contentFrom: meta.contentFrom };
  return { content: contentBegin(draft.sql), contentFrom: versionFirst(revision + 1) };
}
