import { ballotCompare } from "../../core/ballot.ts";
import type { Witness } from "../../core/identity.ts";
import type { Slot } from "../../core/log.ts";
import type { Position } from "../../core/message.ts";
import type { Sql, SqlValue } from "../../state/sql.ts";

/** Slots that the chosen prefix rises by before it is stored again: one row in so many, not one for each message. */
const STORED_EVERY_SLOTS = 8;

interface WitnessRow extends Record<string, SqlValue> {
  life: number;
  promised_n: number;
  promised_proposer: string;
  chosen_up_to: Slot;
}

/**
 * The most that the home acceptor told of itself, so that an older copy of its disk is noticed (protocol, "Lives").
 * Kept beside the learner's state, and part of no snapshot.
 */
export class WitnessRecord {
  readonly #sql: Sql;
  #told: Witness | undefined;
  #storedUpTo: Slot = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS home_acceptor (one INTEGER PRIMARY KEY CHECK (one = 1), life INTEGER NOT NULL, promised_n INTEGER NOT NULL, promised_proposer TEXT NOT NULL, chosen_up_to INTEGER NOT NULL)",
    );
    const row = sql.exec<WitnessRow>("SELECT * FROM home_acceptor")[0];
    if (row === undefined) return;
    const { life, promised_n, promised_proposer, chosen_up_to } = row;
    this.#told = { life, promised: { n: promised_n, proposer: promised_proposer }, chosenUpTo: chosen_up_to };
    this.#storedUpTo = chosen_up_to;
  }

  get current(): Witness | undefined {
    return this.#told;
  }

  /** It answered from this position, in this life. An answer that comes late lowers nothing. */
  heard(life: number, { promised, chosenUpTo }: Pick<Position, "promised" | "chosenUpTo">): void {
    const before = this.#told;
    if (before !== undefined && before.life > life) return;
    const isNew = before === undefined || before.life < life;
    const isHigher = isNew || ballotCompare(promised, before.promised) > 0;
    this.#told = {
      life,
      promised: isHigher ? promised : before.promised,
      chosenUpTo: isNew ? chosenUpTo : Math.max(chosenUpTo, before.chosenUpTo),
    };
    if (isHigher || this.#told.chosenUpTo >= this.#storedUpTo + STORED_EVERY_SLOTS) this.#store(this.#told);
  }

  #store({ life, promised, chosenUpTo }: Witness): void {
    const { n, proposer } = promised;
    this.#sql.exec("INSERT OR REPLACE INTO home_acceptor VALUES (1, ?, ?, ?, ?)", life, n, proposer, chosenUpTo);
    this.#storedUpTo = chosenUpTo;
  }
}
