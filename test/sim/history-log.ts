import type { Condition, History, Operation, Watch } from "../../src/checker/history.ts";
import type { Result } from "../../src/state/command.ts";
import type { QueryResult } from "../../src/state/queries.ts";

/** What a client asked, as the history has it. */
export type Asked =
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly condition: Condition }
  | { readonly kind: "delete"; readonly key: string; readonly condition: Condition }
  | { readonly kind: "propose"; readonly key: string; readonly value: string }
  | { readonly kind: "increment"; readonly key: string };
export type AskedRead = { readonly kind: "get" | "count"; readonly key: string };
type AskedReadFully = AskedRead & {
  readonly consistency: "linearizable" | "local";
  readonly minRevision: number | null;
};

const decoder = new TextDecoder();

/** Records what clients asked and were told, for the checker that knows nothing of how it works. */
export class HistoryLog {
  readonly #operations: Operation[] = [];
  readonly #now: () => number;
  #unrecorded = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Everything that was asked. */
  get length(): number {
    return this.#operations.length + this.#unrecorded;
  }

  /** The number of the operation, by which its end is told; undefined for what the checker has no rules for. */
  called(client: string, asked: Asked | AskedReadFully | undefined, request?: string): number | undefined {
    if (asked === undefined) {
      this.#unrecorded++;
      return undefined;
    }
    const id = this.#operations.length;
    const base = { id, client, session: client, call: this.#now(), return: null, outcome: { kind: "unknown" } };
    this.#operations.push({ ...base, ...asked, ...(request === undefined ? {} : { request }) } as Operation);
    return id;
  }

  /** `surely`: it has no effect, now or later. */
  lost(id: number | undefined, surely: boolean): void {
    this.#end(id, surely ? { kind: "failed" } : { kind: "unknown" });
  }

  answered(id: number | undefined, result: Result): void {
    if (id === undefined) return;
    this.#end(id, { kind: "ok", revision: result.revision, result: writtenOf(this.#operations[id], result) });
  }

  answeredRead(id: number | undefined, result: QueryResult): void {
    if (id === undefined) return;
    if (result.kind !== "range") throw new Error(`a read was answered with ${result.kind}`);
    const kv = result.kvs[0];
    const isCount = this.#operations[id]?.kind === "count";
    const count = { count: kv?.version ?? 0 };
    const present =
      kv === undefined
        ? { kind: "absent" }
        : { kind: "present", value: decoder.decode(kv.value), modRevision: kv.modRevision };
    this.#end(id, { kind: "ok", revision: result.revision, result: isCount ? count : present });
  }

  history(watches: readonly Watch[]): History {
    return { operations: this.#operations, watches };
  }

  #end(id: number | undefined, outcome: unknown): void {
    if (id === undefined) return;
    this.#operations[id] = { ...this.#operations[id], return: this.#now(), outcome } as Operation;
  }
}

function writtenOf(operation: Operation | undefined, result: Result): unknown {
  if (result.kind === "refused") return { kind: "precondition-failed" };
  if (result.kind === "put") {
    if (operation?.kind === "increment") return { count: result.version };
    return { kind: "written", modRevision: result.revision };
  }
  if (result.kind === "delete") {
    return result.deleted === 0 ? { kind: "absent" } : { kind: "written", modRevision: result.revision };
  }
  if (result.kind === "propose") return { chosen: decoder.decode(result.value), mine: result.won };
  throw new Error(`a write was answered with ${result.kind}`);
}
