import type { WatchQuery } from "../../api/watch-query.ts";
import type { Host } from "../../network/host.ts";
import type { Caller } from "../../policy/caller.ts";
import { type Need, needAnywhere, needsOfWatch } from "../../policy/need.ts";
import type { Decision } from "../../policy/policy.ts";

/** Tokens expire without a change of documents: standing watches are looked at again so often, while there is news. */
const RECHECK_MS = 5_000;

export interface WatchPermitsPorts {
  readonly policyRevision: () => number;
  readonly decide: (caller: Caller, needs: readonly Need[]) => Decision;
}

/** Whether watches are permitted: when they begin, and again whenever what is permitted may have changed. */
export class WatchPermits {
  readonly #host: Pick<Host, "now">;
  readonly #ports: WatchPermitsPorts;
  #revision = 0;
  #checkedAt = 0;

  constructor(host: Pick<Host, "now">, ports: WatchPermitsPorts) {
    this.#host = host;
    this.#ports = ports;
  }

  /** Whether standing watches have to be looked at again, before anything is told. */
  isDue(): boolean {
    const [revision, now] = [this.#ports.policyRevision(), this.#host.now()];
    if (revision === this.#revision && now - this.#checkedAt < RECHECK_MS) return false;
    this.#revision = revision;
    this.#checkedAt = now;
    return true;
  }

  allows(caller: Caller, request: Pick<WatchQuery, "key" | "end" | "releases">): boolean {
    // Releases are read by whoever may read something.
    const more = request.releases === true ? [needAnywhere("read")] : [];
    return this.#ports.decide(caller, [...needsOfWatch(request), ...more]).kind === "allowed";
  }
}
