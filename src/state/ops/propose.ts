import type { Revision } from "../../api/key-value.ts";
import { proposalRecord } from "../content.ts";
import { KEY_OVERHEAD_BYTES } from "../limits.ts";
import { OP_OVERHEAD_BYTES, operation } from "../operation.ts";
import { proposalOf } from "../proposal.ts";
import type { Turn } from "../turn.ts";

/** Write-once consensus on a key of its own key space: the first value is chosen for ever. */
export interface ProposeOp {
  readonly kind: "propose";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly contentType?: string;
}

export interface ProposeResult {
  readonly kind: "propose";
  readonly revision: Revision;
  /** The chosen value, whoever proposed it. */
  readonly value: Uint8Array;
  readonly contentType?: string;
  /** Whether this very request's value is the chosen one. */
  readonly won: boolean;
  /** The slot in which it was chosen. */
  readonly slot: number;
}

/** The value is not kept again with the result: it stands with the key, and never changes. */
interface KeptPropose {
  readonly kind: "kept-propose";
  readonly key: Uint8Array;
  readonly revision: number;
  readonly won: boolean;
}

export const propose = operation<ProposeOp, ProposeResult>({
  kind: "propose",
  since: 0,
  fields: { key: 0, value: 0, contentType: 0 },
  outcome: 4,
  run: proposeRun,
  bytes: ({ key, value }) => OP_OVERHEAD_BYTES + key.byteLength + value.byteLength,
  resultBytes: ({ value }) => KEY_OVERHEAD_BYTES + value.byteLength,
  hasBytes: () => true,
  kept: {
    shorten: ({ revision, won }, { key }) => ({ kind: "kept-propose", key, revision, won }) satisfies KeptPropose,
    owns: isKept,
    restore(kept, sql) {
      if (!isKept(kept)) return undefined;
      const chosen = proposalOf(sql, kept.key);
      if (!chosen) return undefined;
      const { value, contentType, slot } = chosen;
      const { revision, won } = kept;
      return { kind: "propose", revision, value, ...(contentType ? { contentType } : {}), won, slot };
    },
  },
});

function isKept(kept: unknown): kept is KeptPropose {
  return typeof kept === "object" && kept !== null && "kind" in kept && kept.kind === "kept-propose";
}

/**
 * The first value proposed for a key is chosen for ever. One row written the first time, none after. The store's
 * revision does not move: it numbers changes, and this key space has none.
 */
function proposeRun(turn: Turn, op: ProposeOp): ProposeResult {
  const chosen = proposalOf(turn.direct, op.key);
  if (!chosen) {
    turn.content?.sum.add(proposalRecord(op.key, op.value, op.contentType));
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
