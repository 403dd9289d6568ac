import type { Host } from "../../network/host.ts";
import type { Op, TxnPart } from "../../state/command.ts";
import type { Quotas } from "../../state/quota.ts";
import { isPolicyKey } from "../../state/system-space.ts";
import type { RateLimited } from "../coordinate/coordinator.ts";

export interface WriteRatePorts {
  readonly host: Pick<Host, "now">;
  readonly quotas: () => Quotas | null;
  readonly limited: () => void;
}

const SECOND_MS = 1_000;

/**
 * Changes of who may do what: every one makes all that is under way be decided anew, everywhere. A script may set up a
 * namespace at once.
 */
const POLICY_CHANGES: Pace = { perSecond: 1, atOnce: 30 };

interface Pace {
  readonly perSecond: number;
  readonly atOnce: number;
}

/**
 * How fast clients of this region may write: token buckets. Each learner has its own, so that a limit costs no round
 * trip; what makes room is never limited.
 */
export class WriteRate {
  readonly #ports: WriteRatePorts;
  readonly #writes = new Bucket();
  readonly #policyChanges = new Bucket();

  constructor(ports: WriteRatePorts) {
    this.#ports = ports;
  }

  /** Takes a token for a write, or says why there is none. */
  refusal(op: Op): RateLimited | undefined {
    const now = this.#ports.host.now();
    if (changesPolicy(op)) {
      const waitMs = this.#policyChanges.take(now, POLICY_CHANGES);
      const { perSecond, atOnce } = POLICY_CHANGES;
      const often = `who may do what may change ${perSecond} time a second in each region, and ${atOnce} times at once`;
      if (waitMs > 0) return this.#limited(often, perSecond, waitMs);
    }
    const limit = this.#ports.quotas()?.writesPerSecond;
    if (limit === undefined || FREE.includes(op.kind)) return undefined;
    const waitMs = this.#writes.take(now, { perSecond: limit, atOnce: limit });
    if (waitMs === 0) return undefined;
    return this.#limited(`the namespace may write ${limit} times a second in each region`, limit, waitMs);
  }

  #limited(detail: string, limit: number, retryAfterMs: number): RateLimited {
    this.#ports.limited();
    return { kind: "rate-limited", detail, limit, retryAfterMs };
  }
}

class Bucket {
  #tokens = 0;
  #filledAt: number | undefined;

  /** Takes a token; or milliseconds until there is one. */
  take(now: number, { perSecond, atOnce }: Pace): number {
    const since = this.#filledAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(atOnce, this.#tokens + (since * perSecond) / SECOND_MS);
    this.#filledAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * SECOND_MS) / perSecond);
    this.#tokens--;
    return 0;
  }
}

/** What makes room, gives up what is held, or is an operator's. */
const FREE: readonly Op["kind"][] = ["delete", "compact", "lease-revoke", "lease-expire", "quota", "raise", "restore"];

/** What takes a right away by deleting its document is not held up. */
function changesPolicy(op: Op | TxnPart): boolean {
  if (op.kind === "put") return isPolicyKey(op.key);
  return op.kind === "txn" && [...op.success, ...op.failure].some(changesPolicy);
}
