import type { Revision } from "../api/key-value.ts";
import { ETAGS_MAX } from "../api/limits.ts";
import type { Condition } from "../state/command.ts";

/** An entity tag of ours is a key's `mod_revision` in quotes. */
export function etag(revision: Revision): string {
  return `"${revision}"`;
}

/** `*`, or the opaque tags that a conditional header lists, quotes included. */
export type Etags = "*" | readonly string[];

/** Whitespace, a tag or none (lists may have empty members: RFC 9110, §5.6.1), and what follows it. */
const LISTED = /[ \t]*(?:(?:W\/)?("[^"]*"))?[ \t]*(?:,|$)/y;

/**
 * The tags of `If-Match` or `If-None-Match`; undefined when they are malformed, none or too many.
 *
 * A tag is opaque (RFC 9110, §8.8.3): whoever sends one that is not ours, with the suffix of a proxy for one, means no
 * state of ours. A leading `W/` is forgiven: caches and compressing proxies weaken tags on their way, and a revision
 * names exact bytes whatever became of the tag around it.
 */
export function etagsParse(header: string): Etags | undefined {
  if (header.trim() === "*") return "*";
  const tags: string[] = [];
  for (let at = 0; at < header.length; ) {
    LISTED.lastIndex = at;
    const match = LISTED.exec(header);
    if (match === null) return undefined;
    if (match[1] !== undefined) tags.push(match[1]);
    if (tags.length > ETAGS_MAX) return undefined;
    at = LISTED.lastIndex;
  }
  return tags.length === 0 ? undefined : tags;
}

/** Whether a conditional header names `tag`, by weak comparison (RFC 9110, §8.8.3.2). */
export function etagsName(tags: Etags, tag: string): boolean {
  return tags === "*" || tags.includes(tag.replace(/^W\//, ""));
}

/** The revisions among the tags. */
function revisionsOf(tags: readonly string[]): readonly Revision[] {
  const numbers = tags.map((tag) => Number(/^"([1-9]\d{0,15})"$/.exec(tag)?.[1]));
  return numbers.filter(Number.isSafeInteger);
}

/** What a 200 comes to for a reader who has it already: the same headers, and no body (RFC 9110, §15.4.5). */
export function notModified({ headers }: Response): Response {
  const same = new Headers(headers);
  same.delete("content-length");
  return new Response(null, { status: 304, headers: same });
}

/** A conditional header that makes no sense on a write. */
export interface ConditionFault {
  readonly parameter: "if-match" | "if-none-match";
  readonly message: string;
}

/** What `If-Match` and `If-None-Match` ask of a write; undefined when neither is there. */
export function conditionOf(
  ifMatch: Etags | undefined,
  ifNoneMatch: Etags | undefined,
): Condition | ConditionFault | undefined {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    return { parameter: "if-none-match", message: "send If-Match or If-None-Match, not both" };
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === "*") return { kind: "absent" };
    return { parameter: "if-none-match", message: "a write takes only If-None-Match: *" };
  }
  if (ifMatch === undefined) return undefined;
  return ifMatch === "*" ? { kind: "present" } : { kind: "mod-revision", anyOf: revisionsOf(ifMatch) };
}
