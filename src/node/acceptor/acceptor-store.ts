import { type AcceptorView, type AcceptorWrite, acceptorChosen } from "../../core/acceptor.ts";
import { BALLOT_ZERO, type Ballot } from "../../core/ballot.ts";
import type { Identity } from "../../core/identity.ts";
import { identityCarriedOver } from "../../core/identity.ts";
import { CLOSED, type Entry, type Slot, type Vote, type VoteKind } from "../../core/log.ts";
import { type Configuration, membersEqual } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import type { Sql, SqlValue } from "../../state/sql.ts";
import type { Decided } from "../rpc/call.ts";

/**
 * An acceptor's durable state: who it is, one row of where it stands, and one row per slot that holds its vote and, in columns of their
 * own, the mark that the slot is chosen. A mark whose id is the vote's leaves `known_body` empty: nothing writes to a
 * slot once it is known to be chosen, so the vote beside it stays what it is.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS acceptor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  namespace TEXT NOT NULL, epoch INTEGER NOT NULL, region TEXT NOT NULL, members TEXT NOT NULL,
  promised_n INTEGER NOT NULL, promised_proposer TEXT NOT NULL,
  open_from INTEGER, leader TEXT,
  chosen_up_to INTEGER NOT NULL, first_slot INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log (
  slot INTEGER PRIMARY KEY,
  ballot_n INTEGER, ballot_proposer TEXT, kind TEXT, entry_id TEXT, body BLOB,
  known_id TEXT, known_body BLOB
);`;

interface SelfRow extends Record<string, SqlValue> {
  namespace: string;
  epoch: number;
  region: string;
  members: string;
  promised_n: number;
  promised_proposer: string;
  open_from: number | null;
  leader: string | null;
  chosen_up_to: number;
  first_slot: number;
  /** `Identity` and its format, as JSON; absent in what was written before there were identities. */
  document: string | null;
}

/** Precedes the members while the acceptor is silent: code that knows no identity takes it for another one's row. */
const SILENT_MARK = "!";
const FORMAT = 1;
type Stored = { readonly format: number; readonly identity: Identity; readonly since: number };

/** What a stored acceptor is to a caller. */
export type Opened =
  /** Nothing is stored yet. */
  | { readonly kind: "nothing" }
  /** It is the acceptor of another namespace, epoch or region. */
  | { readonly kind: "another" }
  /** It is enrolled among these, or lost its storage among them. A blank one was only asked under them. */
  /** A newer build wrote it. */
  | { readonly kind: "newer" }
  | { readonly kind: "other-members"; readonly members: readonly Region[]; readonly isBlank: boolean }
  | { readonly kind: "opened"; readonly identity: Identity; readonly since: number };

interface SlotRow extends Record<string, SqlValue> {
  slot: number;
  ballot_n: number | null;
  ballot_proposer: string | null;
  kind: string | null;
  entry_id: string | null;
  known_id: string | null;
}

const SLOT_COLUMNS = "slot, ballot_n, ballot_proposer, kind, entry_id, known_id";

export class AcceptorStore implements AcceptorView {
  readonly #sql: Sql;
  /** Slots read in this turn; bodies are read when asked for. */
  readonly #rows = new Map<Slot, SlotRow | undefined>();
  promised: Ballot = BALLOT_ZERO;
  openFrom: Slot = 1;
  chosenUpTo: Slot = 0;
  firstSlot: Slot = 1;
  leader: string | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const statement of SCHEMA.split(";").filter((text) => text.trim() !== "")) sql.exec(statement);
  }

  /**
   * Reads the acceptor's row at the start of a turn, and says whether it is the one that the caller means. Reading
   * storage first also stops an instance that was superseded.
   */
  open(configuration: Configuration, region: Region): Opened {
    this.#rows.clear();
    const row = this.#self();
    if (row === undefined) return { kind: "nothing" };
    this.promised = { n: row.promised_n, proposer: row.promised_proposer };
    this.openFrom = row.open_from ?? CLOSED;
    this.chosenUpTo = row.chosen_up_to;
    this.firstSlot = row.first_slot;
    this.leader = row.leader ?? undefined;
    const { namespace, epoch } = configuration;
    if (row.namespace !== namespace || row.epoch !== epoch || row.region !== region) return { kind: "another" };
    const stored = row.document === null ? undefined : (JSON.parse(row.document) as Stored);
    if (stored !== undefined && stored.format > FORMAT) return { kind: "newer" };
    const members = membersOf(row);
    if (!membersEqual(members, configuration.members)) {
      return { kind: "other-members", members, isBlank: isBlank(row) };
    }
    const others = members.filter((member) => member !== region);
    if (stored === undefined) return { kind: "opened", identity: identityCarriedOver(others), since: 0 };
    const { identity, since } = stored;
    return { kind: "opened", identity, since };
  }

  /** Whether it was written before there were identities. */
  get isCarriedOver(): boolean {
    const row = this.#self();
    return row !== undefined && row.document === null;
  }

  /** Stores who it is, and since when it is silent. The row is made if there is none. */
  saveIdentity({ namespace, epoch, members }: Configuration, region: Region, identity: Identity, since: number): void {
    const names = (identity.standing === "enrolled" ? "" : SILENT_MARK) + members.join(",");
    this.#sql.exec(
      `INSERT INTO acceptor VALUES (1, ?, ?, ?, ?, 0, '', 1, NULL, 0, 1)
       ON CONFLICT (one) DO UPDATE SET members = excluded.members`,
      namespace,
      epoch,
      region,
      names,
    );
    this.#sql.exec(
      `INSERT INTO identity VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET document = excluded.document`,
      JSON.stringify({ format: FORMAT, identity, since }),
    );
  }

  /** Who this acceptor is, with its members in the order that ranks them; undefined before it was told. */
  configuration(): Configuration | undefined {
    const row = this.#self();
    return row && { namespace: row.namespace, epoch: row.epoch, members: membersOf(row) };
  }

  #self(): SelfRow | undefined {
    return this.#sql.exec<SelfRow>(
      "SELECT acceptor.*, identity.document FROM acceptor LEFT JOIN identity USING (one)",
    )[0];
  }

  vote(slot: Slot): Vote | undefined {
    const row = this.#row(slot);
    if (row === undefined || row.entry_id === null || row.ballot_n === null) return undefined;
    return {
      ballot: { n: row.ballot_n, proposer: row.ballot_proposer ?? "" },
      kind: row.kind as VoteKind,
      entry: this.#lazyEntry(slot, row.entry_id, "body"),
    };
  }

  known(slot: Slot): Entry | undefined {
    const row = this.#row(slot);
    if (row === undefined || row.known_id === null) return undefined;
    return this.#lazyEntry(slot, row.known_id, row.known_id === row.entry_id ? "body" : "known_body");
  }

  slotsAbove(slot: Slot): readonly Slot[] {
    const rows = this.#sql.exec<SlotRow>(`SELECT ${SLOT_COLUMNS} FROM log WHERE slot > ? ORDER BY slot`, slot);
    for (const row of rows) this.#rows.set(row.slot, row);
    return rows.map((row) => row.slot);
  }

  votedIn(ballot: Ballot): boolean {
    const query = "SELECT 1 FROM log WHERE ballot_n = ? AND ballot_proposer = ? LIMIT 1";
    return this.#sql.exec(query, ballot.n, ballot.proposer).length > 0;
  }

  apply(writes: readonly AcceptorWrite[]): void {
    for (const write of writes) this.#apply(write);
  }

  /** Drops all votes and marks above the chosen prefix. */
  forgetUndecided(): void {
    this.#sql.exec("DELETE FROM log WHERE slot > ?", this.chosenUpTo);
    this.#rows.clear();
  }

  /** Chosen entries from `from` on, at most `bytesMax` of them but at least one, without a gap. */
  log(from: Slot, entriesMax: number, bytesMax: number): Decided[] {
    const decided: Decided[] = [];
    let bytes = 0;
    const last = Math.min(this.chosenUpTo, from + entriesMax - 1);
    for (let slot = Math.max(from, this.firstSlot); slot <= last; slot++) {
      const entry = acceptorChosen(this, slot);
      if (entry === undefined) break;
      const body = entry.body;
      bytes += body.byteLength;
      if (decided.length > 0 && bytes > bytesMax) break;
      decided.push({ slot, entry: { id: entry.id, body } });
    }
    return decided;
  }

  /** The entry with this id in this slot, voted for or chosen; undefined when it is not here (any more). */
  body(slot: Slot, entryId: string): Entry | undefined {
    const entry = [this.known(slot), this.vote(slot)?.entry].find((one) => one?.id === entryId);
    return entry === undefined ? undefined : { id: entry.id, body: entry.body };
  }

  #apply(write: AcceptorWrite): void {
    switch (write.kind) {
      case "promise":
        this.promised = write.ballot;
        this.openFrom = write.openFrom;
        this.leader = write.leader;
        this.#sql.exec(
          "UPDATE acceptor SET promised_n = ?, promised_proposer = ?, open_from = ?, leader = ?",
          write.ballot.n,
          write.ballot.proposer,
          write.openFrom === CLOSED ? null : write.openFrom,
          write.leader ?? null,
        );
        return;
      case "vote":
        return this.#applyVote(write.slot, write.vote);
      case "known":
        return this.#applyKnown(write.slot, write.entry);
      case "chosen-up-to":
        this.chosenUpTo = write.slot;
        this.#sql.exec("UPDATE acceptor SET chosen_up_to = ?", write.slot);
        return;
      case "first-slot":
        this.firstSlot = write.slot;
        this.#sql.exec("UPDATE acceptor SET first_slot = ?", write.slot);
        this.#sql.exec("DELETE FROM log WHERE slot < ?", write.slot);
        this.#rows.clear();
        return;
    }
  }

  #applyVote(slot: Slot, { ballot, kind, entry }: Vote): void {
    this.#rows.delete(slot);
    this.#sql.exec(
      `INSERT INTO log (slot, ballot_n, ballot_proposer, kind, entry_id, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET ballot_n = excluded.ballot_n, ballot_proposer = excluded.ballot_proposer,
         kind = excluded.kind, entry_id = excluded.entry_id, body = excluded.body`,
      slot,
      ballot.n,
      ballot.proposer,
      kind,
      entry.id,
      entry.body,
    );
  }

  #applyKnown(slot: Slot, entry: Entry): void {
    const body = this.#row(slot)?.entry_id === entry.id ? null : entry.body;
    this.#rows.delete(slot);
    this.#sql.exec(
      `INSERT INTO log (slot, known_id, known_body) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET known_id = excluded.known_id, known_body = excluded.known_body`,
      slot,
      entry.id,
      body,
    );
  }

  #row(slot: Slot): SlotRow | undefined {
    if (this.#rows.has(slot)) return this.#rows.get(slot);
    const row = this.#sql.exec<SlotRow>(`SELECT ${SLOT_COLUMNS} FROM log WHERE slot = ?`, slot)[0];
    this.#rows.set(slot, row);
    return row;
  }

  #lazyEntry(slot: Slot, id: string, column: "body" | "known_body"): Entry {
    const sql = this.#sql;
    return {
      id,
      get body() {
        return (
          sql.exec<{ body: Uint8Array }>(`SELECT ${column} AS body FROM log WHERE slot = ?`, slot)[0]?.body ?? missing()
        );
      },
    };
  }
}

function membersOf({ members }: SelfRow): Region[] {
  return members.replace(SILENT_MARK, "").split(",") as Region[];
}

function isBlank({ document }: SelfRow): boolean {
  return document !== null && (JSON.parse(document) as { identity: Identity }).identity.standing === "blank";
}

function missing(): never {
  throw new Error("an entry's body was read after its turn");
}
