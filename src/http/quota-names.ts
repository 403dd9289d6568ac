import type { Quota } from "../state/quota.ts";

/** Quotas as JSON names them. */
export const QUOTA_NAMES: Readonly<Record<Quota, string>> = {
  keys: "keys",
  bytes: "bytes",
  historyBytes: "history_bytes",
  leases: "leases",
};
