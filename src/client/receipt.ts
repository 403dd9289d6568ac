/** How an answer came about. */
export interface Receipt {
  /** The store's revision after a write, or that a read was answered at. */
  readonly revision: number;
  /** `fast`, `classic`, `leader`, `quorum-read` or `local`. */
  readonly path: string;
  /** Rounds of messages across the wide area that it took. */
  readonly roundTrips: number;
  /** Local reads: how old it may be, in milliseconds; absent when the learner cannot tell. */
  readonly ageMs?: number;
}

/** From the headers of an answer. */
export function receiptFrom(headers: Headers): Receipt {
  const [path = "", trips = ""] = (headers.get("synod-path") ?? "").split(";");
  const lag = headers.get("synod-lag");
  const ageMs = lag === null || lag === "unknown" ? {} : { ageMs: Number(lag) };
  return {
    revision: Number(headers.get("synod-revision") ?? 0),
    path: path.trim(),
    roundTrips: Number(trips.split("=")[1] ?? 0),
    ...ageMs,
  };
}
