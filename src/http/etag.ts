import type { Revision } from "../api/key-value.ts";
import { ETAGS_MAX } from "../api/limits.ts";
import type { Condition } from "../state/command.ts";

/** An entity tag of ours is a key's `mod_revision` in quotes. */
export function etag(revision: Revision): string {
  return `"${revision}"`;
}

/**
 * The revisions that a conditional header names; undefined when it is malformed.
 *
 * A leading `W/` is forgiven: caches and compressing proxies weaken tags on their way, and a revision names exact
 * bytes whatever became of the tag around it.
 */
export function etagsParse(header: string): "*" | readonly Revision[] | undefined {
  if (header.trim() === "*") return "*";
  const tags = header.split(",").map((tag) => /^\s*(?:W\/)?"([1-9]\d{0,15})"\s*$/.exec(tag)?.[1]);
  if (tags.length > ETAGS_MAX) return undefined;
  const revisions = tags.map((tag) => Number(tag));
  return revisions.every(Number.isSafeInteger) ? revisions : undefined;
}

/** A conditional header that makes no sense on a write. */
export interface ConditionFault {
  readonly parameter: "if-match" | "if-none-match";
  readonly message: string;
}

/** What `If-Match` and `If-None-Match` ask of a write; undefined when neither is there. */
export function conditionOf(
  ifMatch: "*" | readonly Revision[] | undefined,
  ifNoneMatch: "*" | readonly Revision[] | undefined,
): Condition | ConditionFault | undefined {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    return { parameter: "if-none-match", message: "send If-Match or If-None-Match, not both" };
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === "*") return { kind: "absent" };
    return { parameter: "if-none-match", message: "a write takes only If-None-Match: *" };
  }
  if (ifMatch === undefined) return undefined;
  return ifMatch === "*" ? { kind: "present" } : { kind: "mod-revision", anyOf: ifMatch };
}
