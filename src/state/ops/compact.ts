import type { Revision } from "../../api/key-value.ts";
import { operation } from "../operation.ts";
import { historyBytes } from "../quota.ts";
import { type Refused, refused, refusedCompacted } from "../refuse.ts";
import type { Turn } from "../turn.ts";
import { versionLast } from "../version.ts";

export interface CompactOp {
  readonly kind: "compact";
  readonly revision: Revision;
}

export interface CompactResult {
  readonly kind: "compact";
  readonly revision: Revision;
}

export const compact = operation<CompactOp, CompactResult>({
  kind: "compact",
  since: 0,
  fields: { revision: 0 },
  outcome: 9,
  run: compactRun,
  bringsChores: true,
});

/** What is compacted is out of sight at once. Nothing is deleted yet: that is each learner's own business. */
function compactRun(turn: Turn, op: CompactOp): CompactResult | Refused {
  if (op.revision <= turn.compact) return refusedCompacted(turn.before, turn.compact);
  if (op.revision > turn.before) return refused("future-revision", turn.before);
  if (turn.usage) turn.usage.historyBytes -= historyBytes(turn.sql, turn.compact, versionLast(op.revision));
  turn.compact = op.revision;
  return { kind: "compact", revision: turn.before };
}
