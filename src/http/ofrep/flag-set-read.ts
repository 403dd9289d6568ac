import { utf8Encode } from "../../api/bytes.ts";
import { flagSetKey } from "../../api/flag-set-name.ts";
import type { Revision } from "../../api/key-value.ts";
import { ProblemError } from "../../api/problem.ts";
import { FlagSet, type FlagSetFault } from "../../flags/flag-set.ts";
import { FlagSetCache } from "../../flags/flag-set-cache.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import type { QueryResult } from "../../state/queries.ts";
import { type Answer, type AnswerHeaders, read, unexpected } from "../outcome.ts";

export interface FlagSetPlace {
  readonly namespace: string;
  readonly set: string;
}

export interface FlagSetReadOptions {
  readonly consistency?: "linearizable" | "local" | undefined;
  /** A state that has this revision is new enough, whoever has it. */
  readonly atLeast?: Revision | undefined;
}

/** A flag set as it is now. */
export interface FlagSetRead {
  readonly compiled: FlagSet | FlagSetFault;
  /** The revision that wrote it; 0: there is none, which is as one without flags. */
  readonly version: Revision;
  readonly headers: AnswerHeaders;
}

/** What this isolate evaluated last. */
const cache = new FlagSetCache();

const NO_FLAGS = '{"flags":{}}';

/** Reads a flag set and compiles it, unless this isolate has it. Throws the problem that kept it from being read. */
export async function flagSetRead(
  coordinator: Coordinator,
  { namespace, set }: FlagSetPlace,
  options: FlagSetReadOptions,
): Promise<FlagSetRead> {
  const { result, headers } = await newEnough(coordinator, utf8Encode(flagSetKey(set)), options);
  if (result.kind !== "range") throw unexpected(result);
  const [kv] = result.kvs;
  if (kv === undefined) {
    return { compiled: FlagSet.compile({ name: set, text: NO_FLAGS, version: 0 }), version: 0, headers };
  }
  const version = kv.modRevision;
  return { compiled: cache.get({ namespace, name: set, version, value: kv.value }), version, headers };
}

async function newEnough(
  coordinator: Coordinator,
  key: Uint8Array,
  { consistency = "linearizable", atLeast }: FlagSetReadOptions,
): Promise<Answer<QueryResult>> {
  const query = { kind: "range", key } as const;
  if (atLeast === undefined) return read(coordinator, { query, consistency });
  try {
    return await read(coordinator, { query, consistency: "local", minRevision: atLeast });
  } catch (error) {
    // A revision that the store has not reached is from another store, or from before a restore: nothing to wait for.
    if (!(error instanceof ProblemError) || error.problem.code !== "future-revision") throw error;
    return read(coordinator, { query, consistency: "linearizable" });
  }
}
