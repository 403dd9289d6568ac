import type { KeyValue, WatchEvent } from "../../src/api/key-value.ts";
import type {
  Compare,
  DeleteOp,
  Op,
  PutOp,
  RangeOp,
  Refusal,
  Result,
  TxnOp,
  TxnPart,
  TxnPartResult,
} from "../../src/state/command.ts";

/*
 * The state machine as one would write it in an afternoon: the whole store is copied for every revision, and every
 * read looks at every key. Keys and values are strings of one character for each byte.
 */

type Entry = { value: string; type: string | undefined; create: number; mod: number; version: number; lease: string };
type Store = ReadonlyMap<string, Entry>;
type Touch = { key: string; entry: Entry | undefined };

const str = (data: Uint8Array): string => String.fromCharCode(...data);
const raw = (data: string): Uint8Array => Uint8Array.from(data, (char) => char.charCodeAt(0));

function kvOf(key: string, entry: Entry): KeyValue {
  const { value, type, create, mod, version, lease } = entry;
  const kv = { key: raw(key), value: raw(value), createRevision: create, modRevision: mod, version, lease };
  return type === undefined ? kv : { ...kv, contentType: type };
}

function inside(op: { readonly key: Uint8Array; readonly end?: Uint8Array }, key: string): boolean {
  const end = op.end ? str(op.end) : "";
  if (end === "") return key === str(op.key);
  return key >= str(op.key) && (end === "\0" || key < end);
}

class Refuse extends Error {
  readonly why: Refusal;
  constructor(why: Refusal) {
    super(why);
    this.why = why;
  }
}

export class Model {
  /** The store after each revision. */
  readonly #stores: Store[] = [new Map(), new Map()];
  readonly #events: WatchEvent[] = [];
  readonly #leases = new Map<string, number>();
  readonly #proposals = new Map<string, { value: string; slot: number }>();
  #compact = -1;
  #touched: Touch[] = [];
  /** The store as the running command sees it. */
  #now = new Map<string, Entry>();

  get revision(): number {
    return this.#stores.length - 1;
  }

  get compactRevision(): number {
    return Math.max(0, this.#compact);
  }

  get #current(): number {
    return this.#touched.length > 0 ? this.revision + 1 : this.revision;
  }

  run(op: Op, slot: number): Result {
    this.#touched = [];
    this.#now = new Map(this.#stores.at(-1));
    try {
      const result = this.#op(op, slot);
      this.#commit();
      return result;
    } catch (error) {
      if (!(error instanceof Refuse)) throw error;
      const refusal = { kind: "refused", why: error.why, revision: this.revision } as const;
      return error.why === "compacted" ? { ...refusal, compactRevision: this.#compact } : refusal;
    }
  }

  query(op: RangeOp): Result | ReturnType<Model["range"]> {
    this.#touched = [];
    this.#now = new Map(this.#stores.at(-1));
    try {
      return this.range(op);
    } catch (error) {
      if (!(error instanceof Refuse)) throw error;
      const refusal = { kind: "refused", why: error.why, revision: this.revision } as const;
      return error.why === "compacted" ? { ...refusal, compactRevision: this.#compact } : refusal;
    }
  }

  /** Every event from a revision on, with the state before it where that is not compacted. */
  events(from: number): readonly WatchEvent[] {
    return this.#events
      .filter((event) => event.kv.modRevision >= from)
      .map((event) => {
        const before = event.kv.modRevision - 1;
        const entry = before < this.#compact ? undefined : this.#stores[before]?.get(str(event.kv.key));
        return entry ? { ...event, prev: kvOf(str(event.kv.key), entry) } : event;
      });
  }

  leaseKeys(lease: string): readonly Uint8Array[] {
    const entries = [...(this.#stores.at(-1) ?? [])].filter(([, entry]) => entry.lease === lease);
    return entries
      .map(([key]) => key)
      .toSorted()
      .map(raw);
  }

  leases(): ReadonlyMap<string, number> {
    return this.#leases;
  }

  #commit(): void {
    if (this.#touched.length === 0) return;
    this.#stores.push(this.#now);
    for (const { key, entry } of this.#touched) {
      const gone = { value: "", type: undefined, create: 0, mod: this.revision, version: 0, lease: "0" };
      this.#events.push({ kind: entry ? "put" : "delete", kv: kvOf(key, entry ?? gone) });
    }
  }

  #op(op: Op, slot: number): Result {
    switch (op.kind) {
      case "put":
        this.#contradiction(op);
        this.#leaseNeeded(op);
        this.#keyNeeded(op);
        return this.#put(op);
      case "delete":
        return this.#delete(op);
      case "txn":
        this.#contradictions(op);
        reach([op]);
        return this.#txn(this.#check(op));
      case "propose": {
        const key = str(op.key);
        const chosen = this.#proposals.get(key);
        const { value, slot: at } = chosen ?? { value: str(op.value), slot };
        this.#proposals.set(key, { value, slot: at });
        return { kind: "propose", revision: this.revision, value: raw(value), won: !chosen, slot: at };
      }
      case "lease-grant":
        if (this.#leases.has(op.lease)) throw new Refuse("lease-exists");
        this.#leases.set(op.lease, Math.max(2, op.ttl));
        return { kind: "lease-grant", revision: this.revision, lease: op.lease, ttl: Math.max(2, op.ttl) };
      case "quota":
      case "raise":
      case "restore":
        throw new Error("the model has no levels, and restores nothing");
      case "lease-keep-alive": {
        const ttl = this.#leases.get(op.lease);
        if (ttl === undefined) throw new Refuse("lease-not-found");
        return { kind: "lease-keep-alive", revision: this.revision, lease: op.lease, ttl };
      }
      case "lease-revoke": {
        if (!this.#leases.delete(op.lease)) throw new Refuse("lease-not-found");
        const keys = this.leaseKeys(op.lease).map(str);
        for (const key of keys) this.#touch(key, undefined);
        return { kind: "lease-revoke", revision: this.#current, deleted: keys.length };
      }
      case "compact":
        if (op.revision <= this.#compact) throw new Refuse("compacted");
        if (op.revision > this.revision) throw new Refuse("future-revision");
        this.#compact = op.revision;
        return { kind: "compact", revision: this.revision };
      case "lease-expire":
        throw new Error("not modelled");
    }
  }

  #touch(key: string, entry: Entry | undefined): void {
    this.#touched.push({ key, entry });
    if (entry) this.#now.set(key, entry);
    else this.#now.delete(key);
  }

  #put(op: PutOp): Extract<Result, { kind: "put" }> {
    const key = str(op.key);
    const old = this.#now.get(key);
    this.#keyNeeded(op);
    const entry: Entry = {
      value: op.ignoreValue ? (old?.value ?? "") : str(op.value),
      type: op.contentType ?? (op.ignoreValue ? old?.type : undefined),
      create: old?.create ?? this.revision + 1,
      mod: this.revision + 1,
      version: (old?.version ?? 0) + 1,
      lease: op.ignoreLease ? (old?.lease ?? "0") : (op.lease ?? "0"),
    };
    this.#touch(key, entry);
    const result = { kind: "put", revision: this.#current, version: entry.version } as const;
    return op.prevKv && old ? { ...result, prev: kvOf(key, old) } : result;
  }

  #delete(op: DeleteOp): Extract<Result, { kind: "delete" }> {
    const doomed = [...this.#now.keys()].filter((key) => inside(op, key)).toSorted();
    const prev = doomed.flatMap((key) => {
      const entry = this.#now.get(key);
      return entry ? [kvOf(key, entry)] : [];
    });
    for (const key of doomed) this.#touch(key, undefined);
    const result = { kind: "delete", revision: this.#current, deleted: doomed.length } as const;
    return op.prevKv ? { ...result, prev } : result;
  }

  range(op: RangeOp) {
    if ((op.revision ?? 0) > this.#current) throw new Refuse("future-revision");
    if (op.revision && op.revision < this.#compact) throw new Refuse("compacted");
    // A command's own changes are not in the list of stores yet.
    const store = op.revision && op.revision <= this.revision ? (this.#stores[op.revision] ?? new Map()) : this.#now;
    const all = [...store]
      .filter(([key]) => inside(op, key))
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, entry]) => kvOf(key, entry));
    const { kvs, more } = op.countOnly ? { kvs: [], more: false } : page(op, all);
    return { kind: "range", revision: this.#current, kvs, more, count: all.length } as const;
  }

  #txn(op: Checked): Extract<Result, { kind: "txn" }> {
    const parts = op.parts.map((part): TxnPartResult => {
      if (part.kind === "put") return this.#put(part);
      if (part.kind === "delete") return this.#delete(part);
      return part.kind === "range" ? this.range(part) : this.#txn(part);
    });
    return { kind: "txn", revision: this.#current, succeeded: op.succeeded, parts };
  }

  #check(op: TxnOp): Checked {
    const path = this.#path(op);
    const flat = flatten(path);
    for (const part of flat) {
      if (part.kind !== "put") continue;
      this.#keyNeeded(part);
      this.#leaseNeeded(part);
    }
    for (const part of flat) {
      if (part.kind !== "range" || !part.revision) continue;
      if (part.revision > this.revision) throw new Refuse("future-revision");
      if (part.revision < this.#compact) throw new Refuse("compacted");
    }
    return path;
  }

  #path(op: TxnOp): Checked {
    const succeeded = op.compare.every((compare) => this.#holds(compare));
    const parts = (succeeded ? op.success : op.failure).map((part) => (part.kind === "txn" ? this.#path(part) : part));
    return { kind: "checked", succeeded, parts };
  }

  #holds(compare: Compare): boolean {
    const keys = [...this.#now].filter(([key]) => inside(compare, key)).map(([, entry]) => entry);
    if (keys.length === 0) {
      const zero: Entry = { value: "", type: undefined, create: 0, mod: 0, version: 0, lease: "0" };
      return compare.target.kind !== "value" && holds(compare, zero);
    }
    return keys.every((entry) => holds(compare, entry));
  }

  #contradictions(op: TxnOp): void {
    for (const part of [...op.success, ...op.failure]) {
      if (part.kind === "put") this.#contradiction(part);
      if (part.kind === "txn") this.#contradictions(part);
    }
  }

  #contradiction(op: PutOp): void {
    if (op.ignoreValue && op.value.length > 0) throw new Refuse("value-provided");
    if (op.ignoreLease && op.lease && op.lease !== "0") throw new Refuse("lease-provided");
  }

  #leaseNeeded(op: PutOp): void {
    if (op.lease && op.lease !== "0" && !this.#leases.has(op.lease)) throw new Refuse("lease-not-found");
  }

  #keyNeeded(op: PutOp): void {
    if ((op.ignoreValue || op.ignoreLease) && !this.#now.has(str(op.key))) throw new Refuse("key-not-found");
  }
}

type Checked = {
  kind: "checked";
  succeeded: boolean;
  parts: readonly (Exclude<TxnPart, TxnOp> | Checked)[];
};

function flatten(path: Checked): readonly Exclude<TxnPart, TxnOp>[] {
  return path.parts.flatMap((part) => (part.kind === "checked" ? flatten(part) : [part]));
}

/** A limit of all that is left after the filters and the order, except for a target without an order. */
function page(op: RangeOp, all: readonly KeyValue[]): { kvs: readonly KeyValue[]; more: boolean } {
  const kept = all.filter(
    (kv) =>
      kv.modRevision >= (op.minModRevision || 0) &&
      kv.modRevision <= (op.maxModRevision || Number.POSITIVE_INFINITY) &&
      kv.createRevision >= (op.minCreateRevision || 0) &&
      kv.createRevision <= (op.maxCreateRevision || Number.POSITIVE_INFINITY),
  );
  const filters = op.minModRevision || op.maxModRevision || op.minCreateRevision || op.maxCreateRevision;
  const limit = op.limit || Number.POSITIVE_INFINITY;
  const early = (op.sortOrder ?? "none") === "none" && !filters;
  const fetched = early ? kept.slice(0, limit + 1) : kept;
  const by = (kv: KeyValue): string | number => {
    if (op.sortBy === "version") return kv.version;
    if (op.sortBy === "create") return kv.createRevision;
    if (op.sortBy === "mod") return kv.modRevision;
    return op.sortBy === "value" ? str(kv.value) : str(kv.key);
  };
  const sign = op.sortOrder === "descend" ? -1 : 1;
  const sorted = fetched.toSorted((left, right) => (by(left) < by(right) ? -sign : by(left) > by(right) ? sign : 0));
  const kvs = sorted.slice(0, limit).map((kv) => (op.keysOnly ? { ...kv, value: raw("") } : kv));
  return { kvs, more: sorted.length > limit };
}

function holds(compare: Compare, entry: Entry): boolean {
  const { target } = compare;
  const have = { version: entry.version, create: entry.create, mod: entry.mod, value: entry.value, lease: entry.lease };
  const pair: readonly [number | bigint | string, number | bigint | string] =
    target.kind === "value"
      ? [have.value, str(target.value)]
      : target.kind === "lease"
        ? [BigInt(have.lease), BigInt(target.value)]
        : [have[target.kind], target.value];
  switch (compare.result) {
    case "equal":
      return pair[0] === pair[1];
    case "not-equal":
      return pair[0] !== pair[1];
    case "greater":
      return pair[0] > pair[1];
    case "less":
      return pair[0] < pair[1];
  }
}

/** etcd's check for overlapping puts and deletes, as its source has it. */
function reach(parts: readonly TxnPart[]): { puts: Set<string>; deletes: DeleteOp[] } {
  const deletes = parts.filter((part) => part.kind === "delete");
  const puts = new Set<string>();
  const add = (key: string, known: ReadonlySet<string>) => {
    const met = deletes.some((op) => {
      const end = op.end ? str(op.end) : "";
      return end === "" ? key === str(op.key) : key >= str(op.key) && key < end;
    });
    if (met || (puts.has(key) && !known.has(key))) throw new Refuse("duplicate-key");
    puts.add(key);
  };
  const none: ReadonlySet<string> = new Set();
  for (const part of parts) {
    if (part.kind !== "txn") continue;
    const [success, failure] = [reach(part.success), reach(part.failure)];
    for (const key of success.puts) add(key, none);
    for (const key of failure.puts) add(key, success.puts);
    deletes.push(...success.deletes, ...failure.deletes);
  }
  for (const part of parts) if (part.kind === "put") add(str(part.key), none);
  return { puts, deletes };
}
