import type { KeyValue } from "../api/key-value.ts";
import { NO_LEASE } from "./history.ts";
import { CHANGES_PER_COMMAND_MAX } from "./limits.ts";
import { usageChange, usageSize } from "./quota.ts";
import { isPolicyKey } from "./system-space.ts";
import { type Turn, Withdrawal } from "./turn.ts";
import { versionId } from "./version.ts";

/** Appends the next change of the command to the history: two rows written. */
export function changeAppend(turn: Turn, change: KeyValue, deletes: boolean): void {
  if (turn.events.length >= CHANGES_PER_COMMAND_MAX) throw new Withdrawal("too-many-changes");
  const id = versionId(turn.before + 1, turn.events.length, deletes);
  const kv = { ...change, ...turn.labels };
  const { key, value, createRevision: created, version } = kv;
  const lease = kv.lease === NO_LEASE ? null : kv.lease;
  const record = turn.content?.key(kv, deletes);
  const size = usageSize(key, value);
  if (turn.usage) usageChange(turn.usage, key, turn.heads.of(key)?.size, deletes ? "deleted" : size);
  const { contentType: type = null, actor = null, time = null } = kv;
  turn.buffer.version({ id, key, created, version, lease, type, actor, time, value });
  if (isPolicyKey(key)) turn.policy = turn.before + 1;
  turn.heads.set(key, deletes ? undefined : { id, created, version, lease, size, ...(record && { record }) });
  turn.events.push({ kind: deletes ? "delete" : "put", kv });
}
