import { base64Encode } from "../../api/base64.ts";
import type { TxnOp } from "../../state/command.ts";
import { placeFirst, placeLeave, placesOf } from "../queue.ts";
import { WatchBridge } from "../watch-bridge.ts";
import { type EtcdCall, write } from "./call.ts";
import { headerJson, integer, keyValueJson } from "./codec/answer.ts";
import { EtcdError } from "./codec/error.ts";
import {
  CampaignRequest,
  type LeaderKey,
  LeaderRequest,
  ProclaimRequest,
  ResignRequest,
  revOf,
} from "./codec/queue.ts";
import { resultLine } from "./codec/watch.ts";
import { placeJoin, placeTurn, queueStore } from "./queue.ts";
import { requests } from "./requests.ts";
import { type LineStream, streamResponse } from "./stream.ts";
import { type Handler, unary } from "./unary.ts";

/** etcd's election service (server/etcdserver/api/v3election of etcd 3.4). */

export const campaign = unary(CampaignRequest, async (call, { name, lease, value }) => {
  const store = queueStore(call);
  const place = await placeJoin(call, store, { name, lease }, value);
  const { found, key, revision } = place;
  // Who campaigns again with another value tells everybody so.
  if (found !== undefined && base64Encode(found.value) !== base64Encode(value)) {
    await proclaimed(call, { name, key, rev: BigInt(revision), lease: BigInt(place.lease) }, value);
  }
  await placeTurn(store, name, place);
  const leader = {
    name: base64Encode(name),
    key: base64Encode(key),
    ...integer("rev", revision),
    ...integer("lease", place.lease),
  };
  return { header: headerJson(call.who, place.headerRevision), leader };
});

export const proclaim = unary(ProclaimRequest, async (call, { leader, value }) => ({
  header: headerJson(call.who, await proclaimed(call, named(leader), value)),
}));

export const leader = unary(LeaderRequest, async (call, { name }) => {
  const { kv, revision } = await placeFirst(queueStore(call), name);
  if (kv === undefined) throw new EtcdError("unknown", "election: no leader");
  return { header: headerJson(call.who, revision), kv: keyValueJson(kv) };
});

export const resign = unary(ResignRequest, async (call, { leader: key }) => {
  const given = named(key);
  const { revision } = await placeLeave(queueStore(call), given.key, revOf(given));
  return { header: headerJson(call.who, revision) };
});

/** The present leader at once, and then every change of who leads or of what the leader proclaims. */
export const observe: Handler = async (call) =>
  streamResponse(async (lines) => {
    for await (const { name } of requests(call.request, LeaderRequest)) {
      await follow(call, name, lines);
      return;
    }
    lines.end();
  }, call.request.signal);

async function follow(call: EtcdCall, name: Uint8Array, lines: LineStream): Promise<void> {
  const { key, end } = placesOf(name);
  const bridge = new WatchBridge(call.coordinator, { key, end, progress: true }, { resumes: true });
  lines.whenClosed(() => bridge.close());
  if ((await bridge.open()) === undefined) throw EtcdError.named("no-leader");
  let told = 0;
  for (;;) {
    const { kv, revision } = await placeFirst(queueStore(call), name);
    if (kv !== undefined && kv.modRevision !== told) {
      told = kv.modRevision;
      await lines.room();
      lines.send(resultLine({ header: headerJson(call.who, revision), kv: keyValueJson(kv) }));
    }
    if (lines.isClosed) return;
    if (!(await changed(bridge))) throw EtcdError.named("no-leader");
  }
}

/** Until a place changed; false when the watch is over. */
async function changed(bridge: WatchBridge): Promise<boolean> {
  while (bridge.end === undefined) {
    await bridge.news();
    let isEvent = false;
    for (let frame = bridge.take(); frame !== undefined; frame = bridge.take()) {
      isEvent ||= frame.startsWith('{"type":"events"');
    }
    if (isEvent) return true;
  }
  return bridge.end === "closed";
}

async function proclaimed(call: EtcdCall, { key, rev, lease }: LeaderKey, value: Uint8Array): Promise<number> {
  const op: TxnOp = {
    kind: "txn",
    compare: [{ key, result: "equal", target: { kind: "create", value: Number(rev) } }],
    success: [{ kind: "put", key, value, lease: `${lease}` }],
    failure: [],
  };
  const { succeeded, revision } = await write(call, op, "txn");
  if (!succeeded) throw new EtcdError("unknown", "election: not leader");
  return revision;
}

function named(leaderKey: LeaderKey | undefined): LeaderKey {
  if (leaderKey === undefined) throw new EtcdError("unknown", '"leader" field must be provided');
  return leaderKey;
}
