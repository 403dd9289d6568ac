import { bytesToHex } from "@noble/hashes/utils.js";
import { byteString, byteStringBytes } from "../api/bytes.ts";
import type { KeyValue } from "../api/key-value.ts";
import { CONTENT_EMPTY, ContentSum, keyRecord, leaseRecord, proposalRecord } from "../state/content.ts";
import { versionDeletes, versionRevision } from "../state/version.ts";
import { Chain } from "./chain.ts";
import {
  type BackupHeader,
  type BackupLease,
  type BackupProposal,
  type BackupTrailer,
  type BackupVersion,
  backupLineParse,
  bytesOfLine,
} from "./format.ts";

/** Thrown for a file that is not what its trailer says, or no backup at all. */
export class BackupFault extends Error {
  override readonly name = "BackupFault";
}

/**
 * What a backup, or one and its increments in their order, comes to: which version of each key is the last, in memory;
 * the values stay in the files.
 */
export class BackupState {
  #headers: BackupHeader[] = [];
  /** By key: the last version's id and its content record, undefined where the version deletes. */
  readonly #last = new Map<string, { readonly id: number; readonly record: Uint8Array | undefined }>();
  #leases: BackupLease[] = [];
  readonly #proposals = new Map<string, Uint8Array>();

  get header(): BackupHeader {
    const header = this.#headers.at(-1);
    if (header === undefined) throw new BackupFault("nothing was read");
    return header;
  }

  get leases(): readonly BackupLease[] {
    return this.#leases;
  }

  get keys(): number {
    return [...this.#last.values()].filter(({ record }) => record !== undefined).length;
  }

  get proposals(): number {
    return this.#proposals.size;
  }

  /** Whether a version is its key's state at the end. */
  isLive(version: BackupVersion): boolean {
    const last = this.#last.get(byteString(bytesOfLine(version).key));
    return last !== undefined && last.record !== undefined && last.id === version.id;
  }

  /** Reads one file; throws `BackupFault` unless all of it is there and as it was written. */
  async add(lines: AsyncIterable<string>): Promise<BackupTrailer> {
    const chain = new Chain();
    let trailer: BackupTrailer | undefined;
    let header: BackupHeader | undefined;
    let lastId = 0;
    for await (const text of lines) {
      const line = backupLineParse(text);
      const place = `line ${chain.at.count + 1}`;
      if (line === undefined) throw new BackupFault(`${place} is no line of a backup`);
      if (trailer !== undefined) throw new BackupFault(`${place} comes after the trailer`);
      if ((line.kind === "header") !== (header === undefined)) throw new BackupFault(`${place} is out of place`);
      if (line.kind === "trailer") {
        trailer = line;
        continue;
      }
      chain.add(`${text}\n`);
      if (line.kind === "header") header = this.#begin(line);
      else if (line.kind === "lease") this.#leases.push(line);
      else if (line.kind === "proposal") this.#proposal(line);
      else {
        if (line.id <= lastId) throw new BackupFault(`${place} is out of order`);
        lastId = line.id;
        this.#version(line);
      }
    }
    return this.#proved(chain, trailer);
  }

  #begin(header: BackupHeader): BackupHeader {
    const before = this.#headers.at(-1);
    if (header.since !== undefined && before !== undefined) {
      if (header.namespace !== before.namespace || header.epoch !== before.epoch) {
        throw new BackupFault(`an increment of ${header.namespace} follows a backup of ${before.namespace}`);
      }
      if (header.since > before.revision) {
        throw new BackupFault(`revisions ${before.revision + 1} to ${header.since} are in neither file`);
      }
    }
    if (header.since === undefined && before !== undefined) throw new BackupFault("only increments follow a backup");
    this.#headers.push(header);
    this.#leases = [];
    return header;
  }

  #proposal(line: BackupProposal): void {
    const { key, value } = bytesOfLine(line);
    this.#proposals.set(byteString(key), proposalRecord(key, value, line.content_type));
  }

  #version(line: BackupVersion): void {
    const { key, value } = bytesOfLine(line);
    const name = byteString(key);
    // A delete is remembered too: of an increment alone it would otherwise be as if the key had never been there.
    this.#last.set(name, {
      id: line.id,
      record: versionDeletes(line.id) ? undefined : keyRecord(keyValueOf(line, key, value)),
    });
  }

  #proved(chain: Chain, trailer: BackupTrailer | undefined): BackupTrailer {
    if (trailer === undefined) throw new BackupFault("it has no trailer: it was not written to its end");
    const { count, sha256 } = chain.at;
    if (trailer.count !== count) throw new BackupFault(`it has ${count} lines, and its trailer says ${trailer.count}`);
    if (trailer.sha256 !== sha256) throw new BackupFault("its lines are not those that were written");
    if (this.isComparable && this.content !== trailer.content) {
      throw new BackupFault("its keys, leases and proposals are not those that the store held");
    }
    return trailer;
  }

  /** Whether the content digest is over all that was read: an increment without its base says nothing of it. */
  get isComparable(): boolean {
    return this.#headers[0]?.since === undefined && this.header.content_from === 0;
  }

  /** The content digest of what was read, of `wanted` keys alone where given. */
  get content(): string {
    return this.contentOf(() => true, this.#leases);
  }

  contentOf(wanted: (key: Uint8Array) => boolean, leases: readonly BackupLease[]): string {
    const sum = new ContentSum(CONTENT_EMPTY);
    for (const [name, { record }] of this.#last) {
      if (record !== undefined && wanted(byteStringBytes(name))) sum.add(record);
    }
    for (const { id, ttl } of leases) sum.add(leaseRecord(id, ttl));
    for (const [name, record] of this.#proposals) if (wanted(byteStringBytes(name))) sum.add(record);
    return bytesToHex(sum.digest);
  }
}

/** The revision of a version, and whether it deleted its key. */
export function versionOf({ id }: BackupVersion): { readonly revision: number; readonly deletes: boolean } {
  return { revision: versionRevision(id), deletes: versionDeletes(id) };
}

/** The key as a version left it. */
export function keyValueOf(line: BackupVersion, key: Uint8Array, value: Uint8Array): KeyValue {
  return {
    key,
    value,
    ...(line.content_type === undefined ? {} : { contentType: line.content_type }),
    createRevision: line.create_revision,
    modRevision: versionRevision(line.id),
    version: line.version,
    lease: line.lease ?? "0",
    ...(line.actor === undefined ? {} : { actor: line.actor }),
    ...(line.time === undefined ? {} : { time: line.time }),
  };
}
