import type { Watch, WatchEvent } from "./history.ts";
import type { Rule, Violation } from "./verdict.ts";

/** One delivered event, and what is wrong with it. */
export function violation(
  rule: Rule,
  watch: Watch,
  why: string,
  { revision, key, value, at }: WatchEvent,
  operations: readonly number[] = [],
): Violation {
  const did = value === null ? "deleted" : `= ${JSON.stringify(value)}`;
  return { rule, message: `watch ${watch.id} at ${at}, revision ${revision}, ${key} ${did}: ${why}`, operations };
}
