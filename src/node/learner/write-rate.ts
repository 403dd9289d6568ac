import type { Host } from "../../network/host.ts";
import type { Op } from "../../state/command.ts";
import type { Quotas } from "../../state/quota.ts";
import type { RateLimited } from "../coordinate/coordinator.ts";

export interface WriteRatePorts {
  readonly host: Pick<Host, "now">;
  readonly quotas: () => Quotas | null;
  readonly limited: () => void;
}

const SECOND_MS = 1_000;

/**
 * How fast clients of this region may write: a token bucket that holds a second's worth. Each learner has its own, so
 * that a limit costs no round trip; what makes room is never limited.
 */
export class WriteRate {
  readonly #ports: WriteRatePorts;
  #tokens = 0;
  #filledAt: number | undefined;

  constructor(ports: WriteRatePorts) {
    this.#ports = ports;
  }

  /** Takes a token for a write, or says why there is none. */
  refusal(op: Op): RateLimited | undefined {
    const limit = this.#ports.quotas()?.writesPerSecond;
    if (limit === undefined || FREE.includes(op.kind)) return undefined;
    const now = this.#ports.host.now();
    const since = this.#filledAt === undefined ? SECOND_MS : Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(limit, this.#tokens + (since * limit) / SECOND_MS);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens--;
      return undefined;
    }
    this.#ports.limited();
    const retryAfterMs = Math.ceil(((1 - this.#tokens) * SECOND_MS) / limit);
    const detail = `the namespace may write ${limit} times a second in each region`;
    return { kind: "rate-limited", detail, limit, retryAfterMs };
  }
}

/** What makes room, gives up what is held, or is an operator's. */
const FREE: readonly Op["kind"][] = ["delete", "compact", "lease-revoke", "lease-expire", "quota", "raise", "restore"];
