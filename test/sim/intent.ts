import { utf8Encode } from "../../src/api/bytes.ts";
import type { Condition, Op, Query, RangeOp } from "../../src/state/command.ts";
import type { Condition as RecordedCondition } from "../checker/history.ts";
import type { Client } from "./client.ts";
import type { Asked, AskedRead } from "./history-log.ts";
import { leaseDraw } from "./intent-lease.ts";
import { leasedPutDraw, rangeDeleteDraw, rangeDraw, txnDraw } from "./intent-txn.ts";

/**
 * What a client means to do next. `asked`: as the black-box checker takes it, which knows registers, counters and
 * write-once keys; everything is held against the model.
 */
export type Intent =
  /** `persistent`: retried until its outcome is known. */
  | { readonly kind: "write"; readonly op: Op; readonly asked?: Asked; readonly persistent: boolean }
  | {
      readonly kind: "read";
      readonly query: RangeOp | LeaseQuery;
      readonly asked?: AskedRead;
      readonly consistency: "linearizable" | "local";
    };

export type LeaseQuery = Extract<Query, { readonly kind: "lease" }>;

/** Draws the next operation. */
export function intentOf(client: Client): Intent {
  const { random, world } = client;
  if (world.isCompactionDue()) return compaction(client);
  return random.chance(world.plan.rich) ? richIntent(client) : plainIntent(client);
}

/** Transactions and ranges of `t…`, leases and what goes with them, `l…`. */
function richIntent(client: Client): Intent {
  const { random } = client;
  const dice = random.next();
  const persistent = random.chance(0.3);
  if (dice < 0.35) return { kind: "write", op: txnDraw(client), persistent };
  if (dice < 0.43) return { kind: "write", op: rangeDeleteDraw(client), persistent };
  if (dice < 0.65) return { kind: "write", op: leaseDraw(client), persistent };
  if (dice < 0.8) return { kind: "write", op: leasedPutDraw(client), persistent };
  const consistency = random.chance(0.6) ? "linearizable" : "local";
  if (dice < 0.86) return { kind: "read", query: { kind: "lease", lease: client.lease(), keys: true }, consistency };
  return { kind: "read", query: rangeDraw(client, random.chance(0.5)), consistency };
}

/** Up to a little back from now; now and then too far, or nowhere new. */
function compaction({ random, seen }: Client): Intent {
  const revision = Math.max(1, seen + 2 - random.below(8));
  return { kind: "write", op: { kind: "compact", revision }, persistent: false };
}

/** Registers `k…`, counters `c…`, write-once keys `p…`. */
function plainIntent(client: Client): Intent {
  const { random } = client;
  const key = `k${random.below(client.keys)}`;
  const dice = random.next();
  if (dice < 0.2) return read(client, key, "linearizable");
  if (dice < 0.35) return read(client, key, "local");
  if (dice < 0.42) return countRead(client);
  if (dice < 0.57) return increment(client);
  if (dice < 0.67) return propose(client);
  if (dice < 0.73) return remove(client, key);
  return put(client, key);
}

function read({ random: _ }: Client, key: string, consistency: "linearizable" | "local"): Intent {
  return { kind: "read", consistency, query: { kind: "range", key: utf8Encode(key) }, asked: { kind: "get", key } };
}

function countRead(client: Client): Intent {
  const key = counterOf(client);
  const query: RangeOp = { kind: "range", key: utf8Encode(key) };
  return { kind: "read", consistency: "linearizable", query, asked: { kind: "count", key } };
}

/** A put on a counter adds one to the key's version. */
function increment(client: Client): Intent {
  const key = counterOf(client);
  const op: Op = { kind: "put", key: utf8Encode(key), value: utf8Encode(valueOf(client)) };
  return { kind: "write", op, asked: { kind: "increment", key }, persistent: true };
}

function propose(client: Client): Intent {
  const key = `p${client.random.below(4)}`;
  const value = valueOf(client);
  const op: Op = { kind: "propose", key: utf8Encode(key), value: utf8Encode(value) };
  return { kind: "write", op, asked: { kind: "propose", key, value }, persistent: client.random.chance(0.5) };
}

function remove(client: Client, key: string): Intent {
  const { condition, recorded } = conditionOf(client, key, false);
  const op: Op = { kind: "delete", key: utf8Encode(key), ...(condition === undefined ? {} : { condition }) };
  return { kind: "write", op, asked: { kind: "delete", key, condition: recorded }, persistent: false };
}

function put(client: Client, key: string): Intent {
  const { condition, recorded } = conditionOf(client, key, true);
  const value = valueOf(client);
  const more = condition === undefined ? {} : { condition };
  const op: Op = { kind: "put", key: utf8Encode(key), value: utf8Encode(value), ...more };
  return { kind: "write", op, asked: { kind: "put", key, value, condition: recorded }, persistent: false };
}

function conditionOf(
  { random, known }: Client,
  key: string,
  mayCreate: boolean,
): { condition?: Condition; recorded: RecordedCondition } {
  const dice = random.next();
  const modRevision = known.get(key);
  if (dice < 0.4 && modRevision !== undefined) {
    return { condition: { kind: "mod-revision", anyOf: [modRevision] }, recorded: { kind: "match", modRevision } };
  }
  if (dice > 0.9 && mayCreate) return { condition: { kind: "absent" }, recorded: { kind: "none-match" } };
  return { recorded: { kind: "none" } };
}

function counterOf({ random }: Client): string {
  return `c${random.below(2)}`;
}

function valueOf(client: Client): string {
  return `${client.name}.${client.operations}`;
}
