import { bytesToHex } from "@noble/hashes/utils.js";
import type { Revision } from "../../api/key-value.ts";
import { KEY_BYTES_MAX } from "../../api/limits.ts";
import { keyRecord, leaseRecord, proposalRecord } from "../content.ts";
import { type HistoryRow, keyValueOf, NO_LEASE } from "../history.ts";
import { leaseAttach, leaseOf } from "../lease.ts";
import { OP_OVERHEAD_BYTES, operation } from "../operation.ts";
import { proposalOf } from "../proposal.ts";
import { usageSize } from "../quota.ts";
import { type Refused, refused } from "../refuse.ts";
import { type Restoring, restoringDecode, restoringEncode } from "../restoring.ts";
import { isPolicyKey, isSystemKey, LEVEL_DOCUMENTS, SYSTEM_START } from "../system-space.ts";
import type { Turn } from "../turn.ts";
import { versionDeletes, versionFirst, versionLast } from "../version.ts";

/** How far the revisions of a restored store are above all that was ever seen of the one that was backed up. */
export const RESTORE_REVISIONS = 2 ** 20;
/** Beyond this the revisions that are left would not last. */
const RESTORED_REVISION_MAX = 2 ** 32;
/** The path of a document may take more than a client's key. */
const SYSTEM_KEY_BYTES_MAX = SYSTEM_START.length + KEY_BYTES_MAX;

export type RestoredVersion = Required<HistoryRow>;
export interface RestoredLease {
  readonly lease: string;
  readonly ttl: number;
}
export interface RestoredProposal {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly type: string | null;
  readonly request: string;
}

/** One step of a restore. All steps name the restore that they belong to, and each may be repeated. */
export interface RestoreOp {
  readonly kind: "restore";
  readonly restore: string;
  readonly step: /** From here on clients are refused. `revision`: the last that is known of the store that was backed up. */
    | { readonly kind: "begin"; readonly revision: Revision }
    /** Chunks come in the order of their indexes, and versions in the order of their ids. */
    | {
        readonly kind: "chunk";
        readonly index: number;
        readonly versions: readonly RestoredVersion[];
        readonly leases: readonly RestoredLease[];
        readonly proposals: readonly RestoredProposal[];
      }
    /** Clients are let in if so many chunks came, and the content digest is this one. */
    | { readonly kind: "end"; readonly chunks: number; readonly content: string };
}

export interface RestoreResult {
  readonly kind: "restore";
  readonly revision: Revision;
  /** The chunk that is wanted next. */
  readonly next: number;
}

export const restore = operation<RestoreOp, RestoreResult>({
  kind: "restore",
  since: LEVEL_DOCUMENTS,
  fields: { restore: LEVEL_DOCUMENTS, step: LEVEL_DOCUMENTS },
  outcome: 12,
  run: restoreRun,
  keys: ({ step }) => (step.kind === "chunk" ? step.versions.map(({ key }) => key) : []),
  bytes: ({ step }) => (step.kind === "chunk" ? chunkBytes(step) : OP_OVERHEAD_BYTES),
  bringsChores: true,
  isRestoring: true,
});

type Step<Kind extends RestoreOp["step"]["kind"]> = Extract<RestoreOp["step"], { readonly kind: Kind }>;

function chunkBytes({ versions, leases, proposals }: Step<"chunk">): number {
  const items = versions.length + leases.length + proposals.length;
  const bytes = [...versions, ...proposals].reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  return bytes + (items + 1) * OP_OVERHEAD_BYTES;
}

function restoreRun(turn: Turn, { restore: id, step }: RestoreOp): RestoreResult | Refused {
  const state = turn.restore === null ? undefined : restoringDecode(turn.restore);
  if (step.kind === "begin") return state === undefined ? begin(turn, id, step) : goOn(turn, id, state);
  if (state === undefined || state.id !== id) return refused("restore-conflict", turn.before);
  return step.kind === "chunk" ? chunk(turn, state, step) : end(turn, state, step);
}

/** Into a store that nothing was ever written to: what was there would be neither the old state nor the restored one. */
function begin(turn: Turn, id: string, { revision }: Step<"begin">): RestoreResult | Refused {
  const at = Math.max(revision, turn.before) + RESTORE_REVISIONS;
  const isFresh = turn.before === 1 && turn.compact < 0 && !hasAny(turn, "lease") && !hasAny(turn, "proposal");
  if (!isFresh || at > RESTORED_REVISION_MAX) return refused("restore-conflict", turn.before);
  turn.revision = at;
  // Whoever watches from any revision of before is told that it is gone, and nobody goes back in time.
  turn.compact = at;
  turn.restore = restoringEncode({ id, next: 0, below: versionLast(revision) + 1, last: 0, policy: false });
  return { kind: "restore", revision: at, next: 0 };
}

function hasAny({ direct }: Turn, table: string): boolean {
  return direct.exec(`SELECT 1 FROM ${table} LIMIT 1`).length > 0;
}

function goOn(turn: Turn, id: string, state: Restoring): RestoreResult | Refused {
  if (state.id !== id) return refused("restore-conflict", turn.before);
  return { kind: "restore", revision: turn.before, next: state.next };
}

/** Two rows for each version, one for each lease, lease's key and proposal. */
function chunk(turn: Turn, state: Restoring, step: Step<"chunk">): RestoreResult | Refused {
  const { index, versions, leases, proposals } = step;
  // It came twice, from a run that did not hear the first answer.
  if (index < state.next) return goOn(turn, state.id, state);
  turn.cost?.spend(versions.length + leases.length + proposals.length);
  if (index > state.next || !fits(turn, state, step)) return refused("restore-conflict", turn.before);
  for (const version of versions) restoreVersion(turn, version);
  for (const { lease, ttl } of leases) {
    turn.content?.sum.add(leaseRecord(lease, ttl));
    if (turn.usage) turn.usage.leases++;
    turn.direct.exec("INSERT INTO lease VALUES (?, ?, ?, ?)", lease, ttl, turn.slot, turn.heardMs);
  }
  for (const { key, value, type, request } of proposals) {
    turn.content?.sum.add(proposalRecord(key, value, type ?? undefined));
    turn.direct.exec("INSERT INTO proposal VALUES (?, ?, ?, ?, ?)", key, turn.slot, request, type, value);
  }
  const last = versions.at(-1)?.id ?? state.last;
  const policy = state.policy || versions.some(({ key }) => isPolicyKey(key));
  turn.restore = restoringEncode({ ...state, next: index + 1, last, policy });
  return { kind: "restore", revision: turn.before, next: index + 1 };
}

function restoreVersion(turn: Turn, row: RestoredVersion): void {
  const { id, key, created, version, lease } = row;
  const record = keyRecord(keyValueOf(row));
  turn.content?.sum.add(record);
  turn.buffer.version(row);
  const size = usageSize(key, row.value);
  // They are below what is compacted, so that no history of theirs is counted.
  if (turn.usage && !isSystemKey(key)) {
    turn.usage.keys++;
    turn.usage.bytes += size;
  }
  turn.heads.set(key, { id, created, version, lease, size, record });
  leaseAttach(turn.direct, lease ?? NO_LEASE, key);
}

/** Whether all of a chunk is as a backup has it, and nothing of it is there already. */
function fits(turn: Turn, state: Restoring, { versions, leases, proposals }: Step<"chunk">): boolean {
  let { last } = state;
  for (const { id, key, created, version } of versions) {
    if (id <= last || id >= state.below || versionDeletes(id) || !isKey(key)) return false;
    if (versionFirst(created) > id || version < 1 || turn.heads.of(key) !== undefined) return false;
    last = id;
  }
  return (
    new Set(versions.map(({ key }) => String(key))).size === versions.length &&
    new Set(leases.map(({ lease }) => lease)).size === leases.length &&
    new Set(proposals.map(({ key }) => String(key))).size === proposals.length &&
    leases.every(({ lease }) => lease !== NO_LEASE && leaseOf(turn.direct, lease) === undefined) &&
    proposals.every(({ key }) => proposalOf(turn.direct, key) === undefined)
  );
}

/** A client's key, or a document's. */
function isKey(key: Uint8Array): boolean {
  if (!isSystemKey(key)) return key.length > 0;
  return key.length <= SYSTEM_KEY_BYTES_MAX && SYSTEM_START.every((byte, at) => key[at] === byte);
}

/** The proof: what was restored is what was backed up, or nobody is let in. */
function end(turn: Turn, state: Restoring, { chunks, content }: Step<"end">): RestoreResult | Refused {
  const isWhole =
    chunks === state.next && turn.content !== undefined && bytesToHex(turn.content.sum.digest) === content;
  if (!isWhole) return refused("restore-conflict", turn.before);
  turn.restore = null;
  if (state.policy) turn.policy = turn.before;
  return { kind: "restore", revision: turn.before, next: state.next };
}
