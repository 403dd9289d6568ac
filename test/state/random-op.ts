import type { Compare, DeleteOp, Op, PutOp, RangeOp, TxnOp, TxnPart } from "../../src/state/command.ts";
import type { Random } from "../random.ts";
import { bytes } from "./drive.ts";

const KEYS = ["a", "aa", "ab", "b", "ba", "c", "\0", "\0\0", "\u00ff"];
const LEASES = ["1", "2", "9223372036854775807"];

/** Operations over few keys, values and leases, so that they meet. `revision` is about where the store is. */
export class RandomOps {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  op(revision: number): Op {
    const random = this.#random;
    const lease = random.pick(LEASES);
    switch (random.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return this.#put();
      case 5:
      case 6:
      case 7:
        return this.#delete();
      case 8:
      case 9:
      case 10:
      case 11:
        return this.#txn(revision, 0);
      case 12:
        return { kind: "lease-grant", lease, ttl: random.below(100) };
      case 13:
        return random.oneIn(3) ? { kind: "lease-revoke", lease } : { kind: "lease-keep-alive", lease };
      case 14:
        return { kind: "propose", key: this.#key(), value: this.#value() };
      default:
        return random.oneIn(3) ? { kind: "compact", revision: revision - random.below(15) + 2 } : this.#put();
    }
  }

  range(revision: number): RangeOp {
    const random = this.#random;
    const near = () => Math.max(0, revision - random.below(12));
    return {
      kind: "range",
      ...this.#interval(),
      ...(random.oneIn(3) ? { revision: near() + random.below(3) } : {}),
      ...(random.oneIn(2) ? { limit: random.below(4) } : {}),
      ...(random.oneIn(2) ? { sortBy: random.pick(["key", "version", "create", "mod", "value"] as const) } : {}),
      ...(random.oneIn(2) ? { sortOrder: random.pick(["none", "ascend", "descend"] as const) } : {}),
      ...(random.oneIn(5) ? { keysOnly: true } : {}),
      ...(random.oneIn(8) ? { countOnly: true } : {}),
      ...(random.oneIn(6) ? { minModRevision: near() } : {}),
      ...(random.oneIn(6) ? { maxModRevision: near() } : {}),
      ...(random.oneIn(6) ? { minCreateRevision: near() } : {}),
      ...(random.oneIn(6) ? { maxCreateRevision: near() } : {}),
    };
  }

  #put(): PutOp {
    const random = this.#random;
    const put: PutOp = {
      kind: "put",
      key: this.#key(),
      value: this.#value(),
      ...(random.oneIn(3) ? { lease: random.pick(["0", ...LEASES]) } : {}),
      ...(random.oneIn(4) ? { prevKv: true } : {}),
      ...(random.oneIn(6) ? { contentType: "text/plain" } : {}),
    };
    if (random.oneIn(8)) return { ...put, ignoreLease: true };
    return random.oneIn(8) ? { ...put, value: random.oneIn(4) ? put.value : bytes(""), ignoreValue: true } : put;
  }

  #delete(): DeleteOp {
    return { kind: "delete", ...this.#interval(), ...(this.#random.oneIn(3) ? { prevKv: true } : {}) };
  }

  #txn(revision: number, depth: number): TxnOp {
    const random = this.#random;
    const list = () => Array.from({ length: random.below(4) }, () => this.#part(revision, depth + 1));
    const compare = Array.from({ length: random.below(3) }, () => this.#compare(revision));
    return { kind: "txn", compare, success: list(), failure: list() };
  }

  #part(revision: number, depth: number): TxnPart {
    const random = this.#random;
    const choice = random.below(depth < 3 ? 7 : 6);
    if (choice < 3) return this.#put();
    if (choice === 3) return this.#delete();
    return choice < 6 ? this.range(revision) : this.#txn(revision, depth);
  }

  #compare(revision: number): Compare {
    const random = this.#random;
    const target = random.pick<Compare["target"]>([
      { kind: "version", value: random.below(3) },
      { kind: "create", value: random.oneIn(2) ? 0 : revision - random.below(10) },
      { kind: "mod", value: revision - random.below(10) },
      { kind: "value", value: this.#value() },
      { kind: "lease", value: random.pick(["0", ...LEASES]) },
    ]);
    return { ...this.#interval(), result: random.pick(["equal", "not-equal", "greater", "less"] as const), target };
  }

  #interval(): { key: Uint8Array; end?: Uint8Array } {
    const random = this.#random;
    if (random.oneIn(2)) return { key: this.#key() };
    return { key: this.#key(), end: random.oneIn(4) ? bytes("\0") : this.#key() };
  }

  #key(): Uint8Array {
    return bytes(this.#random.pick(KEYS));
  }

  #value(): Uint8Array {
    return bytes(this.#random.pick(["", "1", "2", "22", "\0"]));
  }
}
