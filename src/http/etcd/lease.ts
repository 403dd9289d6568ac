import { type EtcdCall, read, tryRead, tryWrite, write } from "./call.ts";
import { headerJson, leaseJson, leasesJson, leaseTimeJson } from "./codec/answer.ts";
import { EtcdError } from "./codec/error.ts";
import { leaseIdOf, revisionOf } from "./codec/operation.ts";
import { EmptyRequest, LeaseGrantRequest, LeaseRequest, LeaseTimeToLiveRequest } from "./codec/request.ts";
import { resultLine } from "./codec/watch.ts";
import { requests } from "./requests.ts";
import { streamResponse } from "./stream.ts";
import { type Handler, unary } from "./unary.ts";

/** As in etcd, id 0 leaves the choice to the server. */
/** etcd has no pages here: more leases, or keys of one, than this are refused. */
const ANSWER_ITEMS_MAX = 100_000;

export const leaseGrant = unary(LeaseGrantRequest, async (call, { ID, TTL }) => {
  const lease = ID === 0n ? call.freshLease() : leaseIdOf(ID);
  const result = await write(call, { kind: "lease-grant", lease, ttl: revisionOf(TTL) }, "lease-grant");
  return leaseJson(result.lease, result.ttl, headerJson(call.who, result.revision));
});

export const leaseRevoke = unary(LeaseRequest, async (call, { ID }) => {
  const result = await write(call, { kind: "lease-revoke", lease: leaseIdOf(ID) }, "lease-revoke");
  return { header: headerJson(call.who, result.revision) };
});

export const leaseTimeToLive = unary(LeaseTimeToLiveRequest, async (call, { ID, keys }) => {
  const lease = leaseIdOf(ID);
  const result = await tryRead(call, {
    query: { kind: "lease", lease, ...(keys ? { keys: { limit: ANSWER_ITEMS_MAX } } : {}) },
    consistency: "linearizable",
  });
  const header = headerJson(call.who, result.revision);
  if (result.kind !== "lease") return leaseTimeJson(lease, undefined, header);
  const { grantedTtl: granted, remaining = granted } = result;
  if (result.more) throw EtcdError.named("answer-too-large");
  return leaseTimeJson(lease, { remaining, granted, keys: result.keys }, header);
});

export const leases = unary(EmptyRequest, async (call) => {
  const result = await read(
    call,
    { query: { kind: "leases", limit: ANSWER_ITEMS_MAX }, consistency: "linearizable" },
    "leases",
  );
  if (result.more) throw EtcdError.named("answer-too-large");
  return leasesJson(result.leases, headerJson(call.who, result.revision));
});

/** One line for each request in the body, as they come; it ends with the body. */
export const leaseKeepAlive: Handler = async (call) => {
  const asked = requests(call.request, LeaseRequest);
  const first = await asked.next();
  return streamResponse(async (stream) => {
    for (let one = first; one.done !== true && !stream.isClosed; one = await asked.next()) {
      stream.send(await keepAliveLine(call, leaseIdOf(one.value.ID)));
    }
    stream.end();
  }, call.request.signal);
};

/** A lease that is not held comes back without a TTL. */
async function keepAliveLine(call: EtcdCall, lease: string): Promise<string> {
  const result = await tryWrite(call, { kind: "lease-keep-alive", lease });
  const ttl = result.kind === "lease-keep-alive" ? result.ttl : 0;
  return resultLine(leaseJson(lease, ttl, headerJson(call.who, result.revision)));
}
