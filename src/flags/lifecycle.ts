/** What a flag's metadata says of its life: who answers for it, and until when it is meant to be there. */
export interface Lifecycle {
  readonly owner: string | undefined;
  /** Milliseconds since 1970; undefined: it may stay for ever. */
  readonly expiresMs: number | undefined;
  /** Browsers may see it. */
  readonly client: boolean;
}

export interface StaleFlag {
  readonly key: string;
  readonly owner: string | undefined;
  /** As the metadata says it. */
  readonly expires: string;
  /** Whole days since then; 0: today. */
  readonly daysOver: number;
}

type Metadata = Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;

const DATE_CHARS = "2027-01-31".length;
/** A date (its first moment, UTC) or a moment (RFC 3339). */
const EXPIRES = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** When a flag was meant to be gone; undefined when its metadata does not say it, or no date that there is. */
export function expiryOf({ expires }: Metadata): number | undefined {
  if (typeof expires !== "string" || !EXPIRES.test(expires)) return undefined;
  const day = expires.slice(0, DATE_CHARS);
  const [ms, dayMs] = [Date.parse(expires), Date.parse(day)];
  if (Number.isNaN(ms) || Number.isNaN(dayMs)) return undefined;
  // `Date` takes the 31st of February for the 3rd of March.
  return new Date(dayMs).toISOString().startsWith(day) ? ms : undefined;
}

export function lifecycleOf(metadata: Metadata): Lifecycle {
  const { owner } = metadata;
  return {
    owner: typeof owner === "string" ? owner : undefined,
    expiresMs: expiryOf(metadata),
    client: isForClients(metadata),
  };
}

/** Whether whoever must not see the other flags may see this one. */
export function isForClients({ client }: Metadata): boolean {
  return client === true;
}

/** The flags whose expiry is past at `nowMs`, those that are longest over first. */
export function flagsStale(
  flags: Iterable<{ readonly key: string; readonly metadata: Metadata }>,
  nowMs: number,
): readonly StaleFlag[] {
  const over: (StaleFlag & { readonly ms: number })[] = [];
  for (const { key, metadata } of flags) {
    const { owner, expiresMs: ms } = lifecycleOf(metadata);
    if (ms === undefined || ms > nowMs) continue;
    over.push({ key, owner, expires: String(metadata["expires"]), daysOver: Math.floor((nowMs - ms) / DAY_MS), ms });
  }
  return over.toSorted((a, b) => a.ms - b.ms).map(({ ms: _, ...flag }) => flag);
}
