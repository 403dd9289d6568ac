import type { LeaseId } from "../../api/key-value.ts";
import { changeAppend } from "../change.ts";
import { tombstone } from "../history.ts";
import { leaseDetach, leaseKeys } from "../lease.ts";
import { CHANGES_PER_COMMAND_MAX } from "../limits.ts";
import { type Turn, turnRevision } from "../turn.ts";

/**
 * Deletes the lease and its keys, in key order and one revision: three rows written for each key. A lease with more
 * keys than one command may change goes in instalments, and stays until the last.
 */
export function leaseEnd(turn: Turn, lease: LeaseId): { readonly revision: number; readonly deleted: number } {
  const keys = leaseKeys(turn.direct, lease, CHANGES_PER_COMMAND_MAX);
  for (const key of keys) {
    leaseDetach(turn.direct, lease, key);
    changeAppend(turn, tombstone(key, turn.before + 1), true);
  }
  if (keys.length < CHANGES_PER_COMMAND_MAX) turn.direct.exec("DELETE FROM lease WHERE lease = ?", lease);
  return { revision: turnRevision(turn), deleted: keys.length };
}
