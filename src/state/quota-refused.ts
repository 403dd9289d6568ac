import { quotaExceeded, type Usage } from "./quota.ts";
import { type Refused, refusedQuota } from "./refuse.ts";
import type { Turn } from "./turn.ts";

/**
 * The refusal of a command that would add so much to what the store holds, if that is more than it may hold. Where
 * nothing is limited, nothing is counted beforehand.
 */
export function quotaRefused({ usage, quotas, before }: Turn, growthOf: () => Usage): Refused | undefined {
  if (usage === undefined || quotas === null) return undefined;
  const growth = growthOf();
  const exceeded = quotaExceeded(usage, quotas, growth);
  if (exceeded === undefined) return undefined;
  return refusedQuota(before, exceeded, usage[exceeded] + growth[exceeded], quotas[exceeded] ?? 0);
}
