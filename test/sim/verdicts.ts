import type { ReadOutcome, WriteOutcome } from "../../src/actors/outcome.ts";
import type { RangeOp, Refused } from "../../src/state/command.ts";
import { resultText } from "./result-text.ts";
import { wordsOf } from "./trace.ts";
import { demand } from "./violation.ts";
import type { World } from "./world.ts";

/**
 * Holds an acknowledged write against the decided log: every slot up to its own is chosen (18), the result is the
 * model's (17), and its slot is above everything that was acknowledged before it was first asked for.
 */
export function writeCheck(
  world: World,
  client: string,
  requestId: string,
  outcome: WriteOutcome & { kind: "applied" },
  slotFloor: number,
): void {
  const { model, told, tally } = world;
  const known = model.requests.get(requestId);
  demand(
    known !== undefined,
    () => `18: ${client} was told of ${requestId}, which no chosen slot up to ${model.slot} holds`,
  );
  const { result, path } = outcome;
  demand(
    resultText(result) === resultText(known.result),
    () => `17: ${client} was told ${wordsOf(result)}, due was ${wordsOf(known.result)}`,
  );
  demand(
    known.slot > slotFloor,
    () => `19: ${requestId} took effect in slot ${known.slot}, though ${slotFloor} was acknowledged before`,
  );
  told.slot = Math.max(told.slot, known.slot);
  told.revision = Math.max(told.revision, result.revision);
  if (result.kind === "compact") told.compact = Math.max(told.compact, known.compact);
  if (path === "fast") tally.add("fast commit");
  if (path === "classic") tally.add("classic commit");
  if (path === "leader") tally.add("leader commit");
}

/** What a read may not be older than. */
export interface ReadFloor {
  readonly revision: number;
  /** What is compacted for sure. */
  readonly compact: number;
}

/** Holds an answered read against the decided log: not older than `floor` (19, 20), and what the store held there. */
export function readCheck(
  world: World,
  client: string,
  op: RangeOp,
  { result }: ReadOutcome & { kind: "answer" },
  floor: ReadFloor,
): void {
  const { model, told, tally } = world;
  const { revision } = result;
  demand(
    revision >= floor.revision,
    () => `19: ${client} read revision ${revision}, though ${floor.revision} was told`,
  );
  demand(revision <= model.revision, () => `13: ${client} read revision ${revision}, which is not decided`);
  told.revision = Math.max(told.revision, revision);
  if (result.kind === "refused") {
    demand(isRefused(world, op, result), () => `19: ${client} read ${wordsOf(op)} and was told ${wordsOf(result)}`);
    return tally.add(result.why === "compacted" ? "read refused as compacted" : "read of the future");
  }
  if (op.revision !== undefined) {
    const compact = Math.max(floor.compact, model.compactAt(revision));
    demand(op.revision >= compact, () => `${client} read revision ${op.revision}, and ${compact} is compacted`);
    if (op.revision < revision) tally.add("read of the past");
  }
  const expected = model.range(op, revision);
  demand(
    resultText(result) === resultText(expected),
    () => `19: ${client} read ${wordsOf(op)} at ${revision} as ${wordsOf(result)}, due was ${wordsOf(expected)}`,
  );
}

/** Whether a read had to be refused by a learner at the revision that the refusal names. */
function isRefused(
  { model }: World,
  { revision = 0 }: RangeOp,
  { why, compactRevision = 0, ...told }: Refused,
): boolean {
  if (why === "future-revision") return revision > told.revision;
  return why === "compacted" && revision < compactRevision && model.mayBeCompacted(told.revision, compactRevision);
}
