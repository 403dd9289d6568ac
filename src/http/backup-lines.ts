import { bytesToHex } from "@noble/hashes/utils.js";
import { ProblemError } from "../api/problem.ts";
import { Chain } from "../backup/chain.ts";
import { BACKUP_FORMAT, type BackupLine, type BackupRecord, backupLine, bytesToLine } from "../backup/format.ts";
import type { BackupAnswer, BackupQuestion } from "../node/coordinate/coordinator.ts";
import { type BackupHead, type BackupPage, backupFirst } from "../state/backup-page.ts";
import type { HistoryRow } from "../state/history.ts";
import type { ProposalRow } from "../state/snapshot.ts";
import type { BackupResume } from "./backup-cursor.ts";

/** Where a backup is read from. */
export type BackupSource = (question: BackupQuestion) => Promise<BackupAnswer>;

/** Lines of a backup that come together, and where it goes on; `next` is absent after the trailer. */
export interface BackupBlock {
  readonly text: string;
  readonly next: BackupResume | undefined;
}

export interface BackupAsked {
  readonly namespace: string;
  readonly isLocal: boolean;
  /** Only versions of later revisions; undefined: all. */
  readonly since: number | undefined;
  readonly created: string;
}

/** The header and the leases. */
export async function backupBegin(source: BackupSource, asked: BackupAsked): Promise<BackupBlock> {
  const answer = await source({ kind: "begin", isLocal: asked.isLocal });
  if (answer.kind !== "head") {
    const advice = asked.isLocal ? "" : "; ?consistency=local takes what the nearest learner has";
    throw new ProblemError("no-quorum", `no learner could begin a backup${advice}`, {}, { "retry-after": "1" });
  }
  const { region, epoch, head } = answer;
  const { meta, leases } = head;
  sinceCheck(asked.since, head);
  const chain = new Chain();
  const lines: BackupLine[] = [headerOf(asked, epoch, head), ...leases.map(({ lease, ttl }) => leaseLine(lease, ttl))];
  const text = written(chain, lines);
  const { applied, revision, compact } = meta;
  const place = { applied, revision, compact };
  const content = bytesToHex(meta.content);
  return { text, next: { region, place, at: backupFirst(asked.since ?? 0), chain: chain.at, content } };
}

/** A page; after the last one the trailer. */
export async function backupGoOn(source: BackupSource, resume: BackupResume): Promise<BackupBlock> {
  const { region, place, at, content } = resume;
  const answer = await source({ kind: "page", region, place, at });
  if (answer.kind === "unreachable" || answer.kind === "head") {
    throw new ProblemError(
      "no-quorum",
      "the learner that reads this backup does not answer",
      {},
      { "retry-after": "1" },
    );
  }
  if (answer.kind === "stale") {
    throw new ProblemError("compacted", "this backup took too long: what it had to read was compacted. Begin anew");
  }
  const chain = new Chain(resume.chain);
  const text = written(chain, recordsOf(answer));
  if (answer.next !== null) return { text, next: { ...resume, at: answer.next, chain: chain.at } };
  return { text: `${text}${backupLine({ kind: "trailer", ...chain.at, content })}`, next: undefined };
}

function sinceCheck(since: number | undefined, { meta }: BackupHead): void {
  if (since === undefined) return;
  if (since > meta.revision) {
    throw new ProblemError("future-revision", "since: the store has not reached that revision", {
      revision: meta.revision,
    });
  }
  // A delete from before the compacted revision leaves nothing behind.
  if (since < meta.compact) {
    const more = { compact_revision: meta.compact };
    throw new ProblemError("compacted", "since: what changed after that revision is in part forgotten", more);
  }
}

function headerOf({ namespace, since, created }: BackupAsked, epoch: number, { meta }: BackupHead): BackupLine {
  return {
    kind: "header",
    format: BACKUP_FORMAT,
    namespace,
    epoch,
    slot: meta.applied,
    revision: meta.revision,
    compact_revision: Math.max(0, meta.compact),
    digest: bytesToHex(meta.digest),
    content_from: meta.contentFrom,
    level: meta.level,
    created,
    ...(since === undefined ? {} : { since }),
  };
}

function leaseLine(id: string, ttl: number): BackupLine {
  return { kind: "lease", id, ttl };
}

function recordsOf({ proposals, versions }: BackupPage): readonly BackupRecord[] {
  return [...proposals.map(proposalLine), ...versions.map(versionLine)];
}

function proposalLine({ key, value, type, request }: ProposalRow): BackupRecord {
  const own = type === null ? {} : { content_type: type };
  return { kind: "proposal", ...bytesToLine(key, value), ...own, request };
}

function versionLine({ id, key, created, version, lease, type, value, ...more }: HistoryRow): BackupRecord {
  const { actor, time } = more as { readonly actor?: string | null; readonly time?: number | null };
  return {
    kind: "version",
    id,
    ...bytesToLine(key, value),
    ...(type === null ? {} : { content_type: type }),
    create_revision: created,
    version,
    ...(lease === null ? {} : { lease }),
    ...(typeof actor === "string" ? { actor } : {}),
    ...(typeof time === "number" ? { time } : {}),
  };
}

function written(chain: Chain, lines: readonly BackupLine[]): string {
  let text = "";
  for (const one of lines) {
    const line = backupLine(one);
    chain.add(line);
    text += line;
  }
  return text;
}
