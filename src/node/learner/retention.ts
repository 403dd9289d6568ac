import type { Revision } from "../../api/key-value.ts";
import { type Host, sleep } from "../../network/host.ts";
import type { Sql } from "../../state/sql.ts";
import * as timing from "../timing.ts";
import type { Chore, Propose } from "./chore.ts";

/** How much history a namespace keeps. With nothing set all of it, until a client compacts. */
export interface Retention {
  /** At least so many of the newest revisions. */
  readonly revisions?: number | undefined;
  /** Everything that was current at any time in the last so many seconds. */
  readonly seconds?: number | undefined;
}

export interface RetainerPorts {
  readonly host: Host;
  readonly machine: { readonly revision: Revision; readonly compactRevision: Revision };
  /** This learner's place among the home learners: they take turns. */
  readonly rank: number;
  readonly propose: Propose;
}

/** Marks kept of when a revision was current; their distance is the age that is kept, divided by this. */
const MARKS = 16;

/**
 * Compacts by itself what the namespace need not keep. The compaction is a command like a client's; each learner may
 * propose it, in turns, and one that comes late is refused and does nothing.
 */
export class Retainer implements Chore {
  readonly #ports: RetainerPorts;
  readonly #sql: Sql;
  readonly #retention: Retention;
  /** When the newest mark was made, and for which revision. */
  #marked: { readonly atMs: number; readonly revision: Revision } | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: RetainerPorts, sql: Sql, retention: Retention) {
    this.#ports = ports;
    this.#sql = sql;
    this.#retention = retention;
    if (retention.seconds === undefined) return;
    // The learner's own: it says what its clock showed, and is part of no snapshot.
    sql.exec("CREATE TABLE IF NOT EXISTS revision_mark (at_ms INTEGER PRIMARY KEY, revision INTEGER NOT NULL)");
    this.#marked = this.#marks("ORDER BY at_ms DESC LIMIT 1")[0];
  }

  /** When to look again; undefined while nothing was written that could be too much. */
  nextAt(): number | undefined {
    const { host, machine } = this.#ports;
    const { seconds } = this.#retention;
    const times: number[] = [];
    if (this.#byRevisions() > machine.compactRevision) {
      times.push(Math.max(host.now(), this.#triedAt + timing.RETENTION_RETRY_MS));
    }
    if (seconds !== undefined && machine.revision > Math.max(1, machine.compactRevision)) {
      times.push(Math.max(host.now(), (this.#marked?.atMs ?? 0) + this.#markEveryMs(seconds)));
    }
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async run(): Promise<void> {
    const { host, machine, rank, propose } = this.#ports;
    this.#mark();
    const revision = Math.max(this.#byRevisions(), this.#byAge());
    // A learner that is behind may have done it already, and would go on until it is no more.
    if (revision <= machine.compactRevision || host.now() < this.#triedAt + timing.RETENTION_RETRY_MS) return;
    this.#triedAt = host.now();
    // The learners take turns, so that the first one's compaction is known before the second proposes its own.
    await sleep(host, rank * timing.EXPIRY_RANK_MS);
    if (revision <= machine.compactRevision) return;
    await propose({ kind: "compact", revision });
  }

  /** A part more than what is to be kept has to gather first, or every write would be followed by a compaction. */
  #byRevisions(): Revision {
    const { revisions } = this.#retention;
    const { machine } = this.#ports;
    if (revisions === undefined) return 0;
    const kept = machine.revision - Math.max(1, machine.compactRevision);
    return kept > revisions * (1 + 1 / MARKS) + 1 ? machine.revision - revisions : 0;
  }

  /** The newest revision that was superseded longer ago than is kept. */
  #byAge(): Revision {
    const { seconds } = this.#retention;
    if (seconds === undefined) return 0;
    const before = this.#ports.host.now() - seconds * 1_000;
    return this.#marks("WHERE at_ms <= ? ORDER BY at_ms DESC LIMIT 1", before)[0]?.revision ?? 0;
  }

  #mark(): void {
    const { seconds } = this.#retention;
    const { host, machine } = this.#ports;
    const atMs = host.now();
    if (seconds === undefined || atMs < (this.#marked?.atMs ?? 0) + this.#markEveryMs(seconds)) return;
    this.#marked = { atMs, revision: machine.revision };
    this.#sql.exec("INSERT OR REPLACE INTO revision_mark VALUES (?, ?)", atMs, machine.revision);
    this.#sql.exec("DELETE FROM revision_mark WHERE at_ms < ?", atMs - 2 * seconds * 1_000);
  }

  #markEveryMs(seconds: number): number {
    return (seconds * 1_000) / MARKS;
  }

  #marks(which: string, ...bindings: number[]) {
    return this.#sql.exec<{ atMs: number; revision: number }>(
      `SELECT at_ms AS atMs, revision FROM revision_mark ${which}`,
      ...bindings,
    );
  }
}
