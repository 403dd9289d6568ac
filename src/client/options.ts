import type { CallOptions } from "./caller.ts";

export interface ReadOptions extends CallOptions {
  /** `linearizable`, the default, sees every write acknowledged before it; `local` is near and may be old. */
  readonly consistency?: "linearizable" | "local" | undefined;
  /** Wait for a state that is at least as new. */
  readonly minRevision?: number | undefined;
  /** Read the state as it was at this revision. */
  readonly revision?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Names this write: a repeat under the same id changes nothing and gets the first answer again. */
  readonly requestId?: string | undefined;
}

/** At most one of `ifRevision` and `ifAbsent`. */
export interface ConditionOptions extends WriteOptions {
  /** Only if the key is still at this revision; else `precondition-failed`. */
  readonly ifRevision?: number | undefined;
  /** Only if there is no such key; else `precondition-failed`. */
  readonly ifAbsent?: boolean | undefined;
}

export interface PutOptions extends ConditionOptions {
  /** The key goes when this lease does. */
  readonly lease?: string | undefined;
  /** Seconds after which the key goes, by a lease of its own. Not beside `lease`. */
  readonly ttl?: number | undefined;
  readonly contentType?: string | undefined;
}

export interface ListOptions extends ReadOptions {
  /** Entries a request; the server's page when absent. */
  readonly pageSize?: number | undefined;
}

/** Where and how a read looks, as query parameters. A local read never goes back behind what the session has seen. */
export function readQuery({ consistency, minRevision, revision }: ReadOptions, seen: number) {
  const least = Math.max(minRevision ?? 0, consistency === "local" ? seen : 0);
  return {
    consistency,
    min_revision: least > 0 ? `${least}` : undefined,
    revision: revision === undefined ? undefined : `${revision}`,
  };
}

/** The condition of a write, as headers. */
export function conditionHeaders({ ifRevision, ifAbsent }: ConditionOptions) {
  return {
    "if-match": ifRevision === undefined ? undefined : `"${ifRevision}"`,
    "if-none-match": ifAbsent === true ? "*" : undefined,
  };
}
