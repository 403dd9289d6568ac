const BACKOFF_BASE_MS = 50;
const BACKOFF_MAX_MS = 5_000;

/** Full jitter: uniform in [0, base × 2^attempt), capped (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
export function backoffMs(attempt: number): number {
  return randomFraction() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
}

function randomFraction(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** A request id: the time first, so that ids that come one after the other are kept next to each other. */
export function freshRequestId(): string {
  return Date.now().toString(36) + crypto.randomUUID().replaceAll("-", "");
}
