import { bucketOf, bucketsOf } from "../api/cohort.ts";
import type { Finding, Release, StagedChange } from "../api/release.ts";
import type { Strategy } from "../api/strategy.ts";

/** A value, as far as a plan looks at it. */
export interface PlanValue {
  readonly bytes: number;
  readonly contentType?: string | undefined;
  /** Absent when it is no text. */
  readonly text?: string | undefined;
}

/** One key before and after. */
export interface PlanChange {
  readonly key: Pick<StagedChange, "key" | "key_encoding">;
  readonly before: PlanValue | undefined;
  readonly after: PlanValue | undefined;
}

export type DiffKind = "create" | "update" | "delete" | "none";

export interface Diff {
  readonly key: string;
  readonly key_encoding?: "base64" | undefined;
  readonly change: DiffKind;
  readonly before?: PlanValue | undefined;
  readonly after?: PlanValue | undefined;
}

/** A value that grew by this factor is told of, from so many bytes on. */
const GROWTH_FACTOR = 2;
const GROWTH_BYTES_MIN = 64;

export function diffOf({ key, before, after }: PlanChange): Diff {
  return { ...key, change: diffKind(before, after), ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

function diffKind(before: PlanValue | undefined, after: PlanValue | undefined): DiffKind {
  if (before === undefined) return after === undefined ? "none" : "create";
  if (after === undefined) return "delete";
  const same = before.contentType === after.contentType && before.bytes === after.bytes && before.text === after.text;
  return same && before.text !== undefined ? "none" : "update";
}

/** What a person should look at twice before the release starts. */
export function planFindings(changes: readonly PlanChange[]): readonly Finding[] {
  return changes.flatMap((change) => [...findingsOf(change)]);
}

function* findingsOf({ key, before, after }: PlanChange): Generator<Finding> {
  const about = (severity: Finding["severity"], code: string, detail: string): Finding => ({
    severity,
    code,
    ...key,
    detail: `${key.key}: ${detail}`,
  });
  if (after === undefined) {
    yield before === undefined
      ? about("warning", "absent", "there is no such key to delete")
      : about("info", "deleted", `the key goes, with ${before.bytes} bytes`);
    return;
  }
  if (before !== undefined && diffKind(before, after) === "none") yield about("info", "unchanged", "the same value");
  if (claimsJson(after) && jsonKind(after) === undefined) {
    yield about("error", "not-json", "its content type says JSON, and it does not parse");
  }
  if (before === undefined) return;
  if (after.bytes === 0 && before.bytes > 0) yield about("warning", "emptied", `had ${before.bytes} bytes, has none`);
  if (after.bytes >= GROWTH_BYTES_MIN && before.bytes > 0 && after.bytes >= GROWTH_FACTOR * before.bytes) {
    yield about("warning", "doubled", `grew from ${before.bytes} to ${after.bytes} bytes`);
  }
  const type = typeChange(before, after);
  if (type !== undefined) yield about("warning", "type-changed", type);
}

function typeChange(before: PlanValue, after: PlanValue): string | undefined {
  const [was, is] = [jsonKind(before), jsonKind(after)];
  if (was !== undefined && is === undefined) return "was JSON, and is not any more";
  if (was !== undefined && is !== undefined && was !== is) return `was of type ${was}, is of type ${is}`;
  if (before.contentType === after.contentType) return undefined;
  return `its content type was ${before.contentType ?? "none"}, and is ${after.contentType ?? "none"}`;
}

function claimsJson({ contentType = "" }: PlanValue): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType);
}

/** The JSON type of a text; undefined when it is no JSON. */
function jsonKind({ text }: PlanValue): string | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    if (value === null) return "null";
    return Array.isArray(value) ? "array" : typeof value;
  } catch {
    return undefined;
  }
}

/** How many of the targets that are known each stage exposes by its share; null where that cannot be told. */
export function targetsPerStage(
  { stages, parse_first: parse }: Strategy,
  salt: string,
  targets: readonly string[],
): readonly { readonly stage: number; readonly exposed: number | null }[] {
  const buckets = targets.map((target) => bucketOf(salt, target));
  let share = 0;
  let isKnown = true;
  const counts = stages.map((stage) => {
    if (stage.share === undefined) isKnown = false;
    else share = Math.max(share, stage.share);
    return isKnown ? buckets.filter((bucket) => bucket < bucketsOf(share)).length : null;
  });
  const all = parse === undefined ? counts : [0, ...counts];
  return all.map((exposed, stage) => ({ stage, exposed }));
}

/** The changes that undo a completed release: what its keys were before it was written. */
export function inverseOf(
  { changes }: Pick<Release, "changes">,
  before: ReadonlyMap<string, StagedChange>,
  nameOf: (key: Pick<StagedChange, "key" | "key_encoding">) => string,
): readonly StagedChange[] {
  return changes.map(({ key, key_encoding }) => {
    const named = { key, ...(key_encoding === undefined ? {} : { key_encoding }) };
    return before.get(nameOf(named)) ?? named;
  });
}
