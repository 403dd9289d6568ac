import { z } from "zod";
import { base64Decode, base64Encode } from "../api/base64.ts";
import { utf8Decode, utf8Encode } from "../api/bytes.ts";

/*
 * A backup is JSON lines, gzipped: a header, leases, proposals, every retained version in the order of revisions, and a
 * trailer that proves the rest. Whatever can read lines and JSON can read it.
 */

export const BACKUP_FORMAT = "synod-backup/1";

/** A line longer than this is none of ours: a value of a mebibyte in base64, and what goes with it. */
export const BACKUP_LINE_CHARS_MAX = 2 * 1024 * 1024;

const bytes = { encoding: z.literal("base64").optional() };
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

const Header = z.strictObject({
  kind: z.literal("header"),
  format: z.literal(BACKUP_FORMAT),
  namespace: z.string(),
  epoch: count,
  /** The state after this slot, and at this revision, is what the backup holds. */
  slot: count,
  revision: count,
  /** What is older was forgotten. */
  compact_revision: count,
  /** Hash chain of the log up to the slot. */
  digest: hex,
  /** Versions from this id on are in the content digest. */
  content_from: count,
  level: count,
  /** When it was begun, by the clock of whoever made it. */
  created: z.iso.datetime(),
  /** An increment: only versions after this revision are in it. */
  since: count.optional(),
});

export const LeaseLine = z.strictObject({ kind: z.literal("lease"), id: z.string(), ttl: count });

export const ProposalLine = z.strictObject({
  kind: z.literal("proposal"),
  key: z.string(),
  key_encoding: bytes.encoding,
  value: z.string(),
  value_encoding: bytes.encoding,
  content_type: z.string().optional(),
  request: z.string(),
});

export const VersionLine = z.strictObject({
  kind: z.literal("version"),
  /** The revision, the position in it, and whether the key was deleted, in one number (src/state/version.ts). */
  id: count,
  key: z.string(),
  key_encoding: bytes.encoding,
  value: z.string(),
  value_encoding: bytes.encoding,
  content_type: z.string().optional(),
  create_revision: count,
  version: count,
  lease: z.string().optional(),
  actor: z.string().optional(),
  time: z.int().optional(),
});

const Trailer = z.strictObject({
  kind: z.literal("trailer"),
  /** Lines before this one. */
  count,
  /** Of those lines: each is hashed together with the hash of all before it. */
  sha256: hex,
  /** The content digest of the state: of keys, leases and proposals, whatever their order. */
  content: hex,
});

const Line = z.discriminatedUnion("kind", [Header, LeaseLine, ProposalLine, VersionLine, Trailer]);

export type BackupHeader = z.infer<typeof Header>;
export type BackupLease = z.infer<typeof LeaseLine>;
export type BackupProposal = z.infer<typeof ProposalLine>;
export type BackupVersion = z.infer<typeof VersionLine>;
export type BackupTrailer = z.infer<typeof Trailer>;
export type BackupRecord = BackupLease | BackupProposal | BackupVersion;
export type BackupLine = z.infer<typeof Line>;

/** With its line end. */
export function backupLine(line: BackupLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Undefined for a text that is no line of a backup. */
export function backupLineParse(text: string): BackupLine | undefined {
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

interface KeyAndValue {
  readonly key: string;
  readonly key_encoding?: "base64" | undefined;
  readonly value: string;
  readonly value_encoding?: "base64" | undefined;
}

/** A key and a value as text where they are UTF-8, else in base64. */
export function bytesToLine(key: Uint8Array, value: Uint8Array): KeyAndValue {
  const keyText = utf8Decode(key);
  const valueText = utf8Decode(value);
  return {
    ...(keyText === undefined ? { key: base64Encode(key), key_encoding: "base64" } : { key: keyText }),
    ...(valueText === undefined ? { value: base64Encode(value), value_encoding: "base64" } : { value: valueText }),
  };
}

/** Throws where something that claims to be base64 is not. */
export function bytesOfLine(line: KeyAndValue): { readonly key: Uint8Array; readonly value: Uint8Array } {
  return { key: bytesOf(line.key, line.key_encoding), value: bytesOf(line.value, line.value_encoding) };
}

function bytesOf(text: string, encoding: "base64" | undefined): Uint8Array {
  const decoded = encoding === "base64" ? base64Decode(text) : utf8Encode(text);
  if (decoded === undefined) throw new Error("a key or a value is not base64, although it says so");
  return decoded;
}
