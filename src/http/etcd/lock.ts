import { base64Encode } from "../../api/base64.ts";
import { write } from "./call.ts";
import { headerJson } from "./codec/answer.ts";
import { EtcdError } from "./codec/error.ts";
import { LockRequest, UnlockRequest } from "./codec/queue.ts";
import { placeJoin, placeTurn, queueStore } from "./queue.ts";
import { unary } from "./unary.ts";

/** etcd's lock service (server/etcdserver/api/v3lock of etcd 3.4). */

export const lock = unary(LockRequest, async (call, asked) => {
  const store = queueStore(call);
  const place = await placeJoin(call, store, asked, new Uint8Array());
  const revision = await placeTurn(store, asked.name, place);
  return { header: headerJson(call.who, revision), key: base64Encode(place.key) };
});

export const unlock = unary(UnlockRequest, async (call, { key }) => {
  if (key.length === 0) throw new EtcdError("unknown", "etcdserver: key is not provided");
  const { revision } = await write(call, { kind: "delete", key }, "delete");
  return { header: headerJson(call.who, revision) };
});
