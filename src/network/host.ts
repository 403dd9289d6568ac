/** Everything a part of the system takes from the machine it runs on. Simulated in simulation, real elsewhere. */
export interface Host {
  /** Milliseconds of this machine's clock. For time-outs and TTLs only. */
  now(): number;
  /** Calls `fire` once after `ms`; the answer cancels it. */
  timer(ms: number, fire: () => void): () => void;
  /** Uniform in [0, 1). For jitter. */
  random(): number;
  /** 128 fresh random bits, as text. For ballots and entries. */
  freshId(): string;
  /** Lets `work` go on after the answer has left. */
  background(work: Promise<unknown>): void;
}

/**
 * A request id for whoever has none: the time, which has as many digits until 2059, and a fresh id. Learners keep
 * request ids in order, so what comes one after the other is kept next to each other, in few pages; what is random
 * dirties a page of its own each.
 */
export function freshRequestId(host: Pick<Host, "now" | "freshId">): string {
  return host.now().toString(36) + host.freshId();
}

export function sleep(host: Host, ms: number): Promise<void> {
  return new Promise((resolve) => host.timer(ms, resolve));
}

/** Full jitter: uniform in [0, base × 2^attempt), capped (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
export function backoffMs(host: Host, baseMs: number, attempt: number, capMs: number): number {
  return host.random() * Math.min(capMs, baseMs * 2 ** attempt);
}
