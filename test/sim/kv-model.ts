import type { Command, Condition, DeleteOp, Op, PutOp, Result } from "../../src/state/command.ts";
import { demand } from "./violation.ts";

/** A version of a key, as the decided log makes it. `value` undefined: deleted. */
export interface Version {
  readonly revision: number;
  readonly value: string | undefined;
  readonly created: number;
  readonly version: number;
}

export interface ModelEvent {
  readonly revision: number;
  readonly key: string;
  readonly value: string | undefined;
}

export interface Remembered {
  readonly slot: number;
  readonly result: Result;
}

const decoder = new TextDecoder();

/**
 * What the decided log means, worked out with nothing but a map: the oracle for every result, read, event and digest
 * of the learners. Written against the protocol and the data model, shares no code with them.
 */
export class KvModel {
  slot = 0;
  /** An empty store is at revision 1. */
  revision = 1;
  readonly events: ModelEvent[] = [];
  readonly requests = new Map<string, Remembered>();
  readonly #revisionAt: number[] = [1];
  readonly #keys = new Map<string, Version[]>();
  readonly #proposals = new Map<string, { value: string; slot: number; request: string }>();
  readonly #digests = new Map<number, string>();

  /** Applies the next slot; the number of commands that had been applied before. */
  apply(commands: readonly Command[]): number {
    this.slot++;
    let repeats = 0;
    for (const command of commands) {
      if (this.requests.has(command.id)) repeats++;
      else this.requests.set(command.id, { slot: this.slot, result: this.#operate(command) });
    }
    this.#revisionAt.push(this.revision);
    return repeats;
  }

  revisionAt(slot: number): number {
    return this.#revisionAt[slot] ?? Number.NaN;
  }

  /** The version of a key that a store at `revision` shows. */
  versionAt(key: string, revision: number): Version | undefined {
    const versions = this.#keys.get(key) ?? [];
    for (let index = versions.length - 1; index >= 0; index--) {
      const version = versions[index];
      if (version !== undefined && version.revision <= revision)
        return version.value === undefined ? undefined : version;
    }
    return undefined;
  }

  proposal(key: string): { readonly value: string; readonly slot: number } | undefined {
    return this.#proposals.get(key);
  }

  /** 14: a learner that has applied up to `slot` looks as everybody else did there. */
  learner(name: string, slot: number, revision: number, digest: string): void {
    demand(slot <= this.slot, () => `14: ${name} applied slot ${slot}; the log is decided up to ${this.slot}`);
    const expected = this.revisionAt(slot);
    demand(revision === expected, () => `14: ${name} is at revision ${revision} after slot ${slot}, not ${expected}`);
    const known = this.#digests.get(slot);
    demand(known === undefined || known === digest, () => `14: ${name} has another digest at slot ${slot}`);
    this.#digests.set(slot, digest);
  }

  #operate({ id, op }: Command): Result {
    if (op.kind === "put") return this.#put(op);
    if (op.kind === "delete") return this.#delete(op);
    if (op.kind === "propose") return this.#propose(id, op);
    throw new Error(`no simulated client asks for ${op.kind}`);
  }

  #put(op: PutOp): Result {
    const key = decoder.decode(op.key);
    const head = this.versionAt(key, this.revision);
    if (!holds(op.condition, head)) return { kind: "refused", why: "condition-failed", revision: this.revision };
    const revision = ++this.revision;
    const value = decoder.decode(op.value);
    const version = (head?.version ?? 0) + 1;
    this.#append(key, { revision, value, created: head?.created ?? revision, version });
    return { kind: "put", revision, version };
  }

  #delete(op: DeleteOp): Result {
    const key = decoder.decode(op.key);
    const head = this.versionAt(key, this.revision);
    if (!holds(op.condition, head)) return { kind: "refused", why: "condition-failed", revision: this.revision };
    if (head === undefined) return { kind: "delete", revision: this.revision, deleted: 0 };
    const revision = ++this.revision;
    this.#append(key, { revision, value: undefined, created: 0, version: 0 });
    return { kind: "delete", revision, deleted: 1 };
  }

  #propose(request: string, op: Op & { kind: "propose" }): Result {
    const key = decoder.decode(op.key);
    let chosen = this.#proposals.get(key);
    if (chosen === undefined) {
      chosen = { value: decoder.decode(op.value), slot: this.slot, request };
      this.#proposals.set(key, chosen);
    }
    const value = new TextEncoder().encode(chosen.value);
    return { kind: "propose", revision: this.revision, value, won: chosen.request === request, slot: chosen.slot };
  }

  #append(key: string, version: Version): void {
    const versions = this.#keys.get(key);
    if (versions === undefined) this.#keys.set(key, [version]);
    else versions.push(version);
    this.events.push({ revision: version.revision, key, value: version.value });
  }
}

function holds(condition: Condition | undefined, head: Version | undefined): boolean {
  switch (condition?.kind) {
    case undefined:
      return true;
    case "absent":
      return head === undefined;
    case "present":
      return head !== undefined;
    case "mod-revision":
      return head !== undefined && condition.anyOf.includes(head.revision);
  }
}

/** Whether an answer says what the model says. A refusal also shows the key, which reads are checked by. */
export function resultSame(told: Result, model: Result): boolean {
  if (told.kind !== model.kind || told.revision !== model.revision) return false;
  if (told.kind === "put" && model.kind === "put") return told.version === model.version;
  if (told.kind === "delete" && model.kind === "delete") return told.deleted === model.deleted;
  if (told.kind === "refused" && model.kind === "refused") return told.why === model.why;
  if (told.kind === "propose" && model.kind === "propose") {
    return (
      told.won === model.won && told.slot === model.slot && decoder.decode(told.value) === decoder.decode(model.value)
    );
  }
  return false;
}
