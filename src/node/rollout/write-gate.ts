import { byteString, bytesCompare } from "../../api/bytes.ts";
import type { KeyValue } from "../../api/key-value.ts";
import { keyToJson } from "../../api/readable.ts";
import type { SchemaDocument } from "../../api/schema.ts";
import { needsOfOp } from "../../policy/need.ts";
import type { Denied } from "../../policy/policy.ts";
import { planValueOf } from "../../rollout/make.ts";
import { bytesOfKey } from "../../rollout/operations.ts";
import type { PlanChange } from "../../rollout/plan.ts";
import { schemasFor } from "../../rollout/validate.ts";
import type { Op, PutOp, Result, TxnPart } from "../../state/command.ts";
import type { Query, QueryResult } from "../../state/queries.ts";
import { isSystemKey } from "../../state/system-space.ts";
import type { AppliedPolicy } from "../learner/applied-policy.ts";
import type { Draft } from "../propose/draft.ts";
import type { WriteRefusal } from "../rpc/write-refusal.ts";
import { findingsOf } from "./findings.ts";
import type { ReleaseReader } from "./release-reader.ts";

export interface WriteGatePorts {
  readonly policy: Pick<AppliedPolicy, "decideConfirmed">;
  readonly reader: ReleaseReader;
  readonly machine: {
    query(query: Query): QueryResult;
    result(requestId: string, print?: string): Result | undefined;
  };
}

type Write = Exclude<TxnPart, { readonly kind: "txn" | "range" }>;

interface Held {
  readonly key: Uint8Array;
  readonly release: string;
}

/**
 * Looks at plain writes before they are proposed: a key that a release holds is not written beside it, and a value that its
 * prefix's validators refuse is not written at all. It sees what is applied here: the guard that never fails is a release's
 * own comparison of its keys.
 */
export class WriteGate {
  readonly #ports: WriteGatePorts;
  #held: readonly Held[] | undefined;
  #schemas: readonly SchemaDocument[] | undefined;

  constructor(ports: WriteGatePorts) {
    this.#ports = ports;
  }

  /** Documents may have changed. */
  changed(): void {
    this.#held = undefined;
    this.#schemas = undefined;
  }

  get isGuarding(): boolean {
    this.#held ??= heldBy(this.#ports.reader);
    this.#schemas ??= this.#ports.reader.schemas();
    return this.#held.length > 0 || this.#schemas.length > 0;
  }

  /**
   * Why the write is not proposed; undefined when it is. `override`: keys that are held are written all the same. A caller
   * that may not write is told that, and nothing of releases or schemas.
   */
  async refusal(draft: Draft, override: boolean): Promise<WriteRefusal | Denied | undefined> {
    if (!this.isGuarding) return undefined;
    const [all = [], schemas = []] = [this.#held, this.#schemas];
    const writes = writesOf(draft.op);
    // Documents are written by what decides on them.
    if (writes.some(({ key }) => isSystemKey(key))) return undefined;
    const held = override ? undefined : all.find(({ key }) => writes.some((write) => touches(write, key)));
    const puts = writes.filter((write) => write.kind === "put");
    if (held === undefined && (puts.length === 0 || schemas.length === 0)) return undefined;
    // A repeat of what was done already is answered with what became of it.
    if (this.#ports.machine.result(draft.id, draft.print) !== undefined) return undefined;
    const decision = await this.#ports.policy.decideConfirmed(draft.caller, draft.needs ?? needsOfOp(draft.op));
    if (decision.kind === "denied") return decision;
    if (held !== undefined) {
      const { key } = keyToJson(held.key);
      return { kind: "held", release: held.release, detail: `the release ${held.release} holds the key ${key}` };
    }
    return this.#invalid(puts, schemas);
  }

  async #invalid(puts: readonly PutOp[], schemas: readonly SchemaDocument[]): Promise<WriteRefusal | undefined> {
    const changes = puts.map((put) => this.#change(put));
    if (schemasFor(schemas, changes).length === 0) return undefined;
    const findings = await findingsOf(schemas, changes);
    const error = findings.find(({ severity }) => severity === "error");
    return error === undefined ? undefined : { kind: "invalid", detail: error.detail, findings };
  }

  #change({ key, value, contentType }: PutOp): PlanChange {
    const found = this.#ports.machine.query({ kind: "range", key });
    const before: KeyValue | undefined = found.kind === "range" ? found.kvs[0] : undefined;
    return {
      key: keyToJson(key),
      before: before === undefined ? undefined : planValueOf(before.value, before.contentType),
      after: planValueOf(value, contentType),
    };
  }
}

function heldBy(reader: ReleaseReader): readonly Held[] {
  return reader
    .active()
    .flatMap(({ release }) => release.changes.map((change) => ({ key: bytesOfKey(change), release: release.id })));
}

/** Everything that an operation may write, on either path of a transaction. */
function writesOf(op: Op | TxnPart): readonly Write[] {
  if (op.kind === "put" || op.kind === "delete") return [op];
  return op.kind === "txn" ? [...op.success, ...op.failure].flatMap(writesOf) : [];
}

function touches(write: Write, key: Uint8Array): boolean {
  const end = write.kind === "delete" ? write.end : undefined;
  if (end === undefined) return byteString(write.key) === byteString(key);
  const isOpen = end.length === 1 && end[0] === 0;
  return bytesCompare(write.key, key) <= 0 && (isOpen || bytesCompare(key, end) < 0);
}
