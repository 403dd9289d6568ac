import { base64Decode, base64Encode } from "../api/base64.ts";
import { bytesCompare, bytesEqual, utf8Decode, utf8Encode } from "../api/bytes.ts";
import { prefixRange, RANGE_END_OPEN } from "../api/key-range.ts";
import type { Verb } from "../api/verb.ts";
import type { RuleJson } from "./documents.ts";

/** What etcd's roles allow, as rules of ours, and back. */

export type Access = "READ" | "WRITE" | "READWRITE";

/** Over one key, or from a key to an end as ranges have it (`\0`: no end). */
export interface EtcdPermission {
  readonly access: Access;
  readonly key: Uint8Array;
  /** Empty: the key alone. */
  readonly end: Uint8Array;
}

const READ: readonly Verb[] = ["read", "watch"];
const WRITE: readonly Verb[] = ["write", "delete"];
const VERBS_OF: Readonly<Record<Access, readonly Verb[]>> = { READ, WRITE, READWRITE: [...READ, ...WRITE] };

export function ruleOf({ access, key, end }: EtcdPermission): RuleJson {
  const verbs = [...VERBS_OF[access]];
  const isOpen = bytesEqual(end, RANGE_END_OPEN);
  const places = end.length === 0 ? { key } : { from: key, ...(isOpen ? {} : { to: end }) };
  const bounds: readonly (readonly [string, Uint8Array])[] = Object.entries(places);
  const isText = bounds.every(([, bytes]) => utf8Decode(bytes) !== undefined);
  const written = bounds.map(([name, bytes]) => [name, isText ? utf8Decode(bytes) : base64Encode(bytes)]);
  return { verbs, ...Object.fromEntries(written), ...(isText ? {} : { encoding: "base64" }) };
}

/** Undefined for a rule that neither reads nor writes, of which etcd knows nothing. */
export function permissionOf(rule: RuleJson): EtcdPermission | undefined {
  const verbs: readonly Verb[] = rule.verbs.flatMap((verb): readonly Verb[] =>
    verb === "lock" ? ["read", "write"] : [verb],
  );
  const [isRead, isWrite] = [verbs.includes("read"), verbs.includes("write")];
  if (!isRead && !isWrite) return undefined;
  return { access: isRead && isWrite ? "READWRITE" : isRead ? "READ" : "WRITE", ...intervalOf(rule) };
}

function intervalOf({ key, prefix = "", from, to, encoding }: RuleJson): Pick<EtcdPermission, "key" | "end"> {
  const bytes = (text: string) =>
    encoding === "base64" ? (base64Decode(text) ?? new Uint8Array(0)) : utf8Encode(text);
  if (key !== undefined) return { key: bytes(key), end: new Uint8Array(0) };
  if (from !== undefined) return { key: bytes(from), end: to === undefined ? RANGE_END_OPEN : bytes(to) };
  return prefixRange(bytes(prefix));
}

/** The rules with this permission granted: in the place of the one over the same interval, or else in order of keys. */
export function rulesGranted(rules: readonly RuleJson[], permission: EtcdPermission): readonly RuleJson[] {
  const granted = ruleOf(permission);
  const isGranted = rules.some((rule) => isOver(rule, permission));
  if (isGranted) return rules.map((rule) => (isOver(rule, permission) ? granted : rule));
  const before = (rule: RuleJson) => bytesCompare(intervalOf(rule).key, permission.key) <= 0;
  return [...rules.filter(before), granted, ...rules.filter((rule) => !before(rule))];
}

/** The rules without those over this interval; undefined where there are none. */
export function rulesRevoked(
  rules: readonly RuleJson[],
  interval: Pick<EtcdPermission, "key" | "end">,
): readonly RuleJson[] | undefined {
  const left = rules.filter((rule) => !isOver(rule, interval));
  return left.length === rules.length ? undefined : left;
}

function isOver(rule: RuleJson, { key, end }: Pick<EtcdPermission, "key" | "end">): boolean {
  const interval = intervalOf(rule);
  return permissionOf(rule) !== undefined && bytesEqual(interval.key, key) && bytesEqual(interval.end, end);
}
