import type { LeaseId } from "../../api/key-value.ts";
import { changeAppend } from "../change.ts";
import { leaseRecord } from "../content.ts";
import { tombstone } from "../history.ts";
import { leaseDetach, leaseKeys, leaseOf } from "../lease.ts";
import { CHANGES_PER_COMMAND_MAX } from "../limits.ts";
import { type Turn, turnRevision } from "../turn.ts";

/** Each of a lease's keys costs two: it is looked up and changed. */
const UNITS_PER_KEY = 2;

/** Keys that end with one command at most. */
function keysMax({ cost }: Turn): number {
  return cost === undefined ? CHANGES_PER_COMMAND_MAX : Math.max(1, Math.floor(cost.commandMax / UNITS_PER_KEY));
}

/** What `leaseEnd` costs. */
export function leaseEndUnits(turn: Turn, lease: LeaseId): number {
  return UNITS_PER_KEY * leaseKeys(turn.direct, lease, keysMax(turn)).length;
}

/**
 * Deletes the lease and its keys, in key order and one revision: three rows written for each key. A lease with more
 * keys than one command may change goes in instalments, and stays until the last.
 */
export function leaseEnd(turn: Turn, lease: LeaseId): { readonly revision: number; readonly deleted: number } {
  const limit = keysMax(turn);
  const keys = leaseKeys(turn.direct, lease, limit);
  for (const key of keys) {
    leaseDetach(turn.direct, lease, key);
    changeAppend(turn, tombstone(key, turn.before + 1), true);
  }
  if (keys.length < limit) leaseRemove(turn, lease);
  return { revision: turnRevision(turn), deleted: keys.length };
}

function leaseRemove(turn: Turn, lease: LeaseId): void {
  const held = turn.content && leaseOf(turn.direct, lease);
  if (held) turn.content?.sum.subtract(leaseRecord(lease, held.ttl));
  if (turn.usage) turn.usage.leases--;
  turn.direct.exec("DELETE FROM lease WHERE lease = ?", lease);
}
