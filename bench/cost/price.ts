import { type Counts, ROLES } from "../instrument/counts.ts";

/** Dollars a million, as published for Durable Objects with SQLite storage (Cloudflare documentation, 2026). */
export const PRICE = { request: 0.15, rowWritten: 1, rowRead: 0.001 } as const;

/** What is billed, for one operation. */
export interface Cost {
  readonly requests: number;
  /** An alarm that is set is billed as a row written, and counted as one here. */
  readonly rowsWritten: number;
  /** Of these, by acceptors; the rest is by learners, for leaders write nothing. */
  readonly rowsWrittenByAcceptors: number;
  readonly rowsRead: number;
  /** Dollars for a million of the same. */
  readonly dollars: number;
  /** Calls by object and kind, alarms among them: what the requests are. */
  readonly calls: Readonly<Record<string, number>>;
}

export function costOf(counts: Counts, operations: number): Cost {
  const calls: Record<string, number> = {};
  let requests = 0;
  let rowsWritten = 0;
  let rowsRead = 0;
  const add = (name: string, count: number): void => {
    if (count === 0) return;
    calls[name] = count / operations;
    requests += count / operations;
  };
  for (const role of ROLES) {
    const of = counts[role];
    for (const [kind, count] of Object.entries(of.calls)) add(`${role} ${kind}`, count);
    add(`${role} alarm`, of.alarms);
    rowsWritten += (of.rowsWritten + of.alarmsSet) / operations;
    rowsRead += of.rowsRead / operations;
  }
  const dollars = requests * PRICE.request + rowsWritten * PRICE.rowWritten + rowsRead * PRICE.rowRead;
  const { acceptor } = counts;
  const rowsWrittenByAcceptors = (acceptor.rowsWritten + acceptor.alarmsSet) / operations;
  return { requests, rowsWritten, rowsWrittenByAcceptors, rowsRead, dollars, calls };
}

/** What `one` costs more than `other`. */
export function costLess(one: Cost, other: Cost): Cost {
  const calls: Record<string, number> = {};
  for (const name of new Set([...Object.keys(one.calls), ...Object.keys(other.calls)])) {
    const difference = (one.calls[name] ?? 0) - (other.calls[name] ?? 0);
    if (Math.abs(difference) > 1e-9) calls[name] = difference;
  }
  return {
    requests: one.requests - other.requests,
    rowsWritten: one.rowsWritten - other.rowsWritten,
    rowsWrittenByAcceptors: one.rowsWrittenByAcceptors - other.rowsWrittenByAcceptors,
    rowsRead: one.rowsRead - other.rowsRead,
    dollars: one.dollars - other.dollars,
    calls,
  };
}

export function costTimes(cost: Cost, factor: number): Cost {
  return {
    requests: cost.requests * factor,
    rowsWritten: cost.rowsWritten * factor,
    rowsWrittenByAcceptors: cost.rowsWrittenByAcceptors * factor,
    rowsRead: cost.rowsRead * factor,
    dollars: cost.dollars * factor,
    calls: Object.fromEntries(Object.entries(cost.calls).map(([name, count]) => [name, count * factor])),
  };
}
