import type { ProposeOp, ProposeResult } from "../command.ts";
import { proposalOf } from "../proposal.ts";
import type { Turn } from "../turn.ts";

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
