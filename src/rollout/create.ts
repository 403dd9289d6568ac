import type { Release, ReleaseChange, Staged } from "../api/release.ts";
import type { Strategy } from "../api/strategy.ts";

/** What a release is made of. */
export interface ReleaseSeed {
  readonly id: string;
  readonly salt: string;
  readonly author: string;
  readonly note?: string | undefined;
  readonly nowMs: number;
  readonly changes: readonly ReleaseChange[];
  readonly digest: string;
  readonly strategy: Strategy;
  readonly strategyName?: string | undefined;
  readonly reverts?: string | undefined;
}

/** A new release: a draft, until its values are validated. */
export function releaseNew(seed: ReleaseSeed): Release {
  const { id, salt, author, note, nowMs, changes, digest, strategy, strategyName, reverts } = seed;
  return {
    id,
    state: "draft",
    stage: null,
    author,
    ...(note === undefined ? {} : { note }),
    salt,
    created_ms: nowMs,
    changes: [...changes],
    digest,
    strategy,
    ...(strategyName === undefined ? {} : { strategy_name: strategyName }),
    findings: [],
    approvals: [],
    transitions: 1,
    last: { kind: "create", to: "draft", by: author, at_ms: nowMs },
    ...(reverts === undefined ? {} : { reverts }),
  };
}

/** What is hashed to a release's digest: the same for the same values, however they were written. */
export function stagedText({ changes }: Staged): string {
  const parts = changes.map(({ key, key_encoding, value, value_encoding, content_type }) => [
    key,
    key_encoding ?? null,
    value ?? null,
    value_encoding ?? null,
    content_type ?? null,
  ]);
  return JSON.stringify(parts);
}
