import type {
  Condition,
  DeleteOp,
  DeleteResult,
  PutOp,
  PutResult,
  RangeOp,
  RangeResult,
  Refusal,
  Refused,
} from "../../src/state/command.ts";
import { type Labels, type ModelStore, textOf } from "./model-store.ts";

/** One command of the model: it reads at `before` and makes at most the one revision after it. */
export class ModelTurn {
  readonly store: ModelStore;
  readonly before: number;
  readonly compact: number;
  readonly leases: ReadonlyMap<string, unknown>;
  readonly labels: Labels;
  #isChanged = false;

  constructor(
    store: ModelStore,
    before: number,
    compact: number,
    leases: ReadonlyMap<string, unknown>,
    labels: Labels = {},
  ) {
    this.store = store;
    this.before = before;
    this.compact = compact;
    this.leases = leases;
    this.labels = labels;
  }

  /** The revision as this command sees it. */
  get now(): number {
    return this.#isChanged ? this.before + 1 : this.before;
  }

  refuse(why: Refusal): Refused {
    const refused: Refused = { kind: "refused", why, revision: this.before };
    return why === "compacted" ? { ...refused, compactRevision: this.compact } : refused;
  }

  putRefused(op: PutOp): Refused | undefined {
    const { lease = "0" } = op;
    return (
      this.conditionRefused(op) ??
      (lease === "0" || this.leases.has(lease) ? undefined : this.refuse("lease-not-found"))
    );
  }

  conditionRefused({ key, condition }: PutOp | DeleteOp): Refused | undefined {
    const current = this.store.kvAt(textOf(key), this.before);
    if (holds(condition, current?.modRevision)) return undefined;
    return { ...this.refuse("condition-failed"), ...(current === undefined ? {} : { current }) };
  }

  rangeRefused({ revision = 0 }: RangeOp): Refused | undefined {
    if (revision > this.before) return this.refuse("future-revision");
    return revision !== 0 && revision < this.compact ? this.refuse("compacted") : undefined;
  }

  put(op: PutOp): PutResult {
    const key = textOf(op.key);
    const head = this.store.versionAt(key, this.now);
    const prev = op.prevKv === true ? this.store.kvAt(key, this.now) : undefined;
    const version = (head?.version ?? 0) + 1;
    const revision = this.#change();
    const { lease = "0" } = op;
    const { labels } = this;
    const created = head?.created ?? revision;
    this.store.append(key, { revision, value: textOf(op.value), created, version, lease, labels });
    return { kind: "put", revision, version, ...(prev === undefined ? {} : { prev }) };
  }

  delete(op: DeleteOp): DeleteResult {
    const doomed = this.store.keysAt(op, this.now);
    const prev = op.prevKv === true ? this.store.kvsAt(op, this.now) : undefined;
    for (const key of doomed) this.remove(key);
    return { kind: "delete", revision: this.now, deleted: doomed.length, ...(prev === undefined ? {} : { prev }) };
  }

  remove(key: string): void {
    this.store.append(key, {
      revision: this.#change(),
      value: undefined,
      created: 0,
      version: 0,
      lease: "0",
      labels: {},
    });
  }

  range(op: RangeOp): RangeResult {
    const all = this.store.kvsAt(op, op.revision === undefined || op.revision === 0 ? this.now : op.revision);
    const limit = op.limit === undefined || op.limit === 0 ? all.length : op.limit;
    const kvs = all.slice(0, limit);
    return { kind: "range", revision: this.now, kvs, more: all.length > limit, count: all.length };
  }

  #change(): number {
    this.#isChanged = true;
    return this.before + 1;
  }
}

function holds(condition: Condition | undefined, modRevision: number | undefined): boolean {
  switch (condition?.kind) {
    case undefined:
      return true;
    case "absent":
      return modRevision === undefined;
    case "present":
      return modRevision !== undefined;
    case "mod-revision":
      return modRevision !== undefined && condition.anyOf.includes(modRevision);
  }
}
