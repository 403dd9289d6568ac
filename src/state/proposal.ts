import type { ProposeOp, ProposeResult } from "./command.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

/** A chosen value of the write-once key space. */
export interface Proposal {
  readonly value: Uint8Array;
  readonly contentType?: string;
  /** The slot in which it was chosen. */
  readonly slot: number;
  /** The request that proposed it. */
  readonly request: string;
}

type ProposalRow = { slot: number; request: string; type: string | null; value: Uint8Array };

export function proposalOf(sql: Sql, key: Uint8Array): Proposal | undefined {
  const row = sql.exec<ProposalRow>("SELECT slot, request, type, value FROM proposal WHERE key = ?", key)[0];
  if (!row) return undefined;
  const { slot, request, type, value } = row;
  return { slot, request, value, ...(type === null ? {} : { contentType: type }) };
}

/**
 * The first value proposed for a key is chosen for ever. One row written the first time, none after. The store's
 * revision does not move: it numbers changes, and this key space has none.
 */
export function propose(turn: Turn, op: ProposeOp): ProposeResult {
  const chosen = proposalOf(turn.direct, op.key);
  if (!chosen) {
    turn.direct.exec(
      "INSERT INTO proposal VALUES (?, ?, ?, ?, ?)",
      op.key,
      turn.slot,
      turn.requestId,
      op.contentType ?? null,
      op.value,
    );
  }
  const { value, contentType, slot, request } = chosen ?? { ...op, slot: turn.slot, request: turn.requestId };
  return {
    kind: "propose",
    revision: turn.before,
    value,
    ...(contentType ? { contentType } : {}),
    won: request === turn.requestId,
    slot,
  };
}
