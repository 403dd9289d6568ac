import type { KeyValue, Revision } from "../api/key-value.ts";
import type { Refusal, Refused } from "./command.ts";

export function refused(why: Refusal, revision: Revision): Refused {
  return { kind: "refused", why, revision };
}

/** The key does not meet a native condition; `current` is the key as it is, if it exists. */
export function refusedCondition(revision: Revision, current: KeyValue | undefined): Refused {
  return { ...refused("condition-failed", revision), ...(current ? { current } : {}) };
}

export function refusedCompacted(revision: Revision, compactRevision: Revision): Refused {
  return { ...refused("compacted", revision), compactRevision };
}
