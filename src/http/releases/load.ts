import type { KeyValue } from "../../api/key-value.ts";
import { ProblemError } from "../../api/problem.ts";
import type { Release, StagedChange } from "../../api/release.ts";
import { SchemaDocument } from "../../api/schema.ts";
import type { Strategy } from "../../api/strategy.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import {
  documentJson,
  releaseKey,
  releaseOf,
  SCHEMAS,
  SETTINGS,
  STRATEGIES,
  stagedKey,
  stagedOf,
  strategyOf,
} from "../../rollout/documents.ts";
import type { Freeze } from "../../rollout/freeze.ts";
import { PRESETS, presetOf } from "../../rollout/presets.ts";
import { freezesOf } from "../../rollout/settings.ts";
import { systemKey, systemRange } from "../../state/system-space.ts";
import { type AnswerHeaders, read, unexpected } from "../outcome.ts";

/** Reads of documents. All are linearizable, and those that are asked together share a round. */

export interface Found<T> {
  readonly value: T;
  readonly headers: AnswerHeaders;
}

/** How many documents one read answers with. */
const PAGE_DOCUMENTS = 1_000;

export async function keyLoad(
  coordinator: Coordinator,
  key: Uint8Array,
  revision?: number,
): Promise<Found<KeyValue | undefined>> {
  const query = { kind: "range", key, ...(revision === undefined ? {} : { revision }) } as const;
  const { result, headers } = await read(coordinator, { query, ...consistencyAt(revision) });
  if (result.kind !== "range") throw unexpected(result);
  return { value: result.kvs[0], headers };
}

/** Documents under a path, in order of their paths, the first thousand. */
export async function documentsLoad(
  coordinator: Coordinator,
  path: string,
  revision?: number,
): Promise<Found<readonly KeyValue[]>> {
  const at = revision === undefined ? {} : { revision };
  const query = { kind: "range", ...systemRange(path), limit: PAGE_DOCUMENTS, ...at } as const;
  const { result, headers } = await read(coordinator, { query, ...consistencyAt(revision) });
  if (result.kind !== "range") throw unexpected(result);
  return { value: result.kvs, headers };
}

/** What stood at a revision needs no quorum: whoever has come so far answers. */
function consistencyAt(revision: number | undefined) {
  if (revision === undefined) return { consistency: "linearizable" } as const;
  return { consistency: "local", minRevision: revision } as const;
}

export interface Loaded {
  readonly release: Release;
  readonly step: number;
}

/** The release, or the problem that there is none. */
export async function releaseLoad(coordinator: Coordinator, id: string): Promise<Found<Loaded>> {
  const { value, headers } = await keyLoad(coordinator, releaseKey(id));
  const found = value === undefined ? undefined : releaseOf(value);
  if (found === undefined) throw new ProblemError("not-found", `there is no release ${id}`, {}, headers);
  return { value: found, headers };
}

export async function stagedLoad(coordinator: Coordinator, id: string): Promise<readonly StagedChange[]> {
  const { value } = await keyLoad(coordinator, stagedKey(id));
  const staged = value === undefined ? undefined : stagedOf(value);
  if (staged === undefined) throw new Error(`release ${id} has no staged values`);
  return staged;
}

/** The keys that a release is about, as they are now, in the order of its changes. */
export async function keysLoad(
  coordinator: Coordinator,
  keys: readonly Uint8Array[],
): Promise<readonly (KeyValue | undefined)[]> {
  return Promise.all(keys.map(async (key) => (await keyLoad(coordinator, key)).value));
}

export async function schemasLoad(coordinator: Coordinator): Promise<readonly SchemaDocument[]> {
  const { value } = await documentsLoad(coordinator, SCHEMAS);
  return value.flatMap((kv) => {
    const schema = SchemaDocument.safeParse(documentJson(kv)).data;
    return schema === undefined ? [] : [schema];
  });
}

export async function freezesLoad(coordinator: Coordinator): Promise<readonly Freeze[]> {
  const { value } = await keyLoad(coordinator, systemKey(SETTINGS));
  return value === undefined ? [] : freezesOf(documentJson(value));
}

/** A strategy by its name: one of the namespace's own, or a preset. */
export async function strategyLoad(coordinator: Coordinator, name: string): Promise<Strategy> {
  const { value } = await keyLoad(coordinator, systemKey(`${STRATEGIES}${name}`));
  const strategy = (value === undefined ? undefined : strategyOf(value)) ?? presetOf(name);
  if (strategy !== undefined) return strategy;
  const detail = `there is no strategy ${name}; the presets are ${Object.keys(PRESETS).join(", ")}`;
  throw new ProblemError("not-found", detail, { parameter: "strategy" });
}
