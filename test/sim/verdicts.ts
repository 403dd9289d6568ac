import type { ReadOutcome, WriteOutcome } from "../../src/actors/outcome.ts";
import { resultSame } from "./kv-model.ts";
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
    resultSame(result, known.result),
    () => `17: ${client} was told ${wordsOf(result)}, due was ${wordsOf(known.result)}`,
  );
  demand(
    known.slot > slotFloor,
    () => `19: ${requestId} took effect in slot ${known.slot}, though ${slotFloor} was acknowledged before`,
  );
  told.slot = Math.max(told.slot, known.slot);
  told.revision = Math.max(told.revision, result.revision);
  if (path === "fast") tally.add("fast commit");
  if (path === "classic") tally.add("classic commit");
  if (path === "leader") tally.add("leader commit");
}

/** Holds an answered read against the decided log: not older than `floor` (19, 20), and what the store held there. */
export function readCheck(
  world: World,
  client: string,
  key: string,
  { result }: ReadOutcome & { kind: "answer" },
  floor: number,
): void {
  const { model, told } = world;
  demand(result.kind === "range", () => `a read was answered with ${wordsOf(result)}`);
  const { revision } = result;
  demand(revision >= floor, () => `19: ${client} read revision ${revision}, though ${floor} was told before`);
  demand(revision <= model.revision, () => `13: ${client} read revision ${revision}, which is not decided`);
  const expected = model.versionAt(key, revision);
  const kv = result.kvs[0];
  const value = kv && new TextDecoder().decode(kv.value);
  const same =
    kv?.modRevision === expected?.revision &&
    value === expected?.value &&
    kv?.version === expected?.version &&
    kv?.createRevision === expected?.created;
  demand(same, () => `19: ${client} read ${key} at ${revision} as ${wordsOf(kv)}, due was ${wordsOf(expected)}`);
  told.revision = Math.max(told.revision, revision);
}
