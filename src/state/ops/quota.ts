import type { Revision } from "../../api/key-value.ts";
import { operation } from "../operation.ts";
import type { Quotas } from "../quota.ts";
import { LEVEL_DOCUMENTS } from "../system-space.ts";
import type { Turn } from "../turn.ts";

/**
 * Sets what the namespace may hold, all of it: what is absent is not limited from here on. What it holds already stays,
 * even where that is more.
 */
export interface QuotaOp {
  readonly kind: "quota";
  readonly quotas: Quotas;
}

export interface QuotaResult {
  readonly kind: "quota";
  readonly revision: Revision;
}

export const quota = operation<QuotaOp, QuotaResult>({
  kind: "quota",
  since: LEVEL_DOCUMENTS,
  fields: { quotas: LEVEL_DOCUMENTS },
  outcome: 13,
  run(turn: Turn, { quotas }: QuotaOp): QuotaResult {
    turn.quotas = quotas;
    return { kind: "quota", revision: turn.before };
  },
});
