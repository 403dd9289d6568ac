import { z } from "zod";
import { base64urlDecode, base64urlEncode } from "../api/base64.ts";
import { Base64urlField } from "../api/base64url-field.ts";
import { utf8Decode, utf8Encode } from "../api/bytes.ts";
import type { ChainAt } from "../backup/chain.ts";
import type { BackupCursor, BackupPlace } from "../state/backup-page.ts";

/** Where a backup goes on: all that reading and hashing need, so that nobody has to remember it. */
export interface BackupResume {
  readonly region: string;
  readonly place: BackupPlace;
  readonly at: BackupCursor;
  readonly chain: ChainAt;
  /** The content digest of the state, for the trailer. */
  readonly content: string;
}

const whole = z.int().nonnegative();
const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** The leading number is the format's version. */
const Fields = z.tuple([
  z.literal(1),
  z.string(),
  z.tuple([whole, whole, z.int().min(-1)]),
  z.union([z.tuple([z.literal("proposal"), Base64urlField.nullable(), whole]), z.tuple([z.literal("history"), whole])]),
  z.tuple([whole, hex]),
  hex,
]);

/** Opaque to clients, and safe in a URL. */
export function backupCursorEncode({ region, place, at, chain, content }: BackupResume): string {
  const from =
    at.part === "history"
      ? [at.part, at.after]
      : [at.part, at.after === null ? null : base64urlEncode(at.after), at.since];
  const { applied, revision, compact } = place;
  const fields = [1, region, [applied, revision, compact], from, [chain.count, chain.sha256], content];
  return base64urlEncode(utf8Encode(JSON.stringify(fields)));
}

/** undefined for anything that `backupCursorEncode` does not make. */
export function backupCursorDecode(text: string): BackupResume | undefined {
  const json = base64urlDecode(text);
  const decoded = json === undefined ? undefined : utf8Decode(json);
  if (decoded === undefined) return undefined;
  try {
    const fields = Fields.safeParse(JSON.parse(decoded)).data;
    if (fields === undefined) return undefined;
    const [, region, [applied, revision, compact], from, [count, sha256], content] = fields;
    const at: BackupCursor =
      from[0] === "history"
        ? { part: "history", after: from[1] }
        : { part: "proposal", after: from[1], since: from[2] };
    return { region, place: { applied, revision, compact }, at, chain: { count, sha256 }, content };
  } catch {
    return undefined;
  }
}
