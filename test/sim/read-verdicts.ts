import type { LeaseId } from "../../src/api/key-value.ts";
import type { ReadOutcome } from "../../src/node/coordinate/coordinator.ts";
import type { RangeOp, Refused } from "../../src/state/command.ts";
import type { QueryResult } from "../../src/state/queries.ts";
import { leasesText } from "./kv-model.ts";
import { textOf } from "./model-store.ts";
import { resultText } from "./result-text.ts";
import { wordsOf } from "./trace.ts";
import { demand } from "./violation.ts";
import type { World } from "./world.ts";

/** What a read may not be older than. */
export interface ReadFloor {
  readonly revision: number;
  /** What is compacted for sure. */
  readonly compact: number;
  /** What was acknowledged. */
  readonly slot: number;
}

type Answer = ReadOutcome & { readonly kind: "answer" };

/** Holds an answered read against the decided log: not older than `floor` (19, 20), and what the store held there. */
export function readCheck(world: World, client: string, op: RangeOp, { result }: Answer, floor: ReadFloor): void {
  const { model } = world;
  const { tally } = world.environment;
  const { revision } = result;
  revisionCheck(world, client, revision, floor);
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

/** A lease is as it was after some slot, at the revision that the answer names and not before what was acknowledged. */
export function leaseReadCheck(
  world: World,
  client: string,
  { lease }: { readonly lease: LeaseId },
  { result }: Answer,
  floor: ReadFloor,
): void {
  const { revision } = result;
  revisionCheck(world, client, revision, floor);
  const told = result.kind === "lease" ? leaseText(result) : "";
  const possible = world.model
    .leasesAt(revision, floor.slot)
    .map((leases) => leases.split(" ").find((text) => text.startsWith(`${lease}:`)) ?? "");
  demand(
    possible.includes(told),
    () => `19: ${client} read lease ${lease} at ${revision} as "${told}", due was one of "${possible.join()}"`,
  );
  world.environment.tally.add(told === "" ? "lease read and not held" : "lease read");
}

function leaseText({ lease, grantedTtl, renewals, keys }: QueryResult & { readonly kind: "lease" }): string {
  return leasesText([{ lease, ttl: grantedTtl, renewals, keys: keys.map(textOf) }]);
}

function revisionCheck({ model, told }: World, client: string, revision: number, floor: ReadFloor): void {
  demand(
    revision >= floor.revision,
    () => `19: ${client} read revision ${revision}, though ${floor.revision} was told`,
  );
  demand(revision <= model.revision, () => `13: ${client} read revision ${revision}, which is not decided`);
  told.revision = Math.max(told.revision, revision);
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
