import { needAnywhere } from "../../policy/need.ts";
import { memberIdOf, TERM } from "./answerer.ts";
import { type EtcdCall, permitted, read } from "./call.ts";
import { headerJson, integer } from "./codec/answer.ts";
import { EtcdError } from "./codec/error.ts";
import { ALARM_ACTIONS, ALARM_TYPES, AlarmRequest, EmptyRequest } from "./codec/request.ts";
import { gatewayResponse, jsonResponse } from "./response.ts";
import { unary } from "./unary.ts";

/** The etcd whose behaviour this is; clients tell by it what they may ask for. */
const ETCD_VERSION = "3.4.23";
const ETCD_CLUSTER_VERSION = "3.4.0";
/** etcd gives its own health check as long. */
const HEALTH_MS_MAX = 1_000;

export const maintenanceStatus = unary(EmptyRequest, async (call) => {
  const { namespace, coordinator, who } = call;
  await permitted(call, [needAnywhere("read")]);
  const { revision, acceptors, learners, mode } = await coordinator.status();
  const most = (numbers: readonly (number | undefined)[]): number => Math.max(0, ...numbers.map((one) => one ?? 0));
  return {
    header: headerJson(who, revision),
    version: ETCD_VERSION,
    // While nobody leads, every region does for its own clients.
    leader: mode.kind === "leader" ? memberIdOf(namespace, mode.where) : who.memberId,
    ...integer("raftIndex", most(acceptors.map(({ lastSlot }) => lastSlot))),
    raftTerm: TERM,
    ...integer("raftAppliedIndex", most(learners.map(({ appliedUpTo }) => appliedUpTo))),
  };
});

/**
 * NOSPACE stands as long as the namespace holds as many bytes as it may. It comes and goes with what is held, so that
 * nobody raises it, and taking it back changes nothing.
 */
export const maintenanceAlarm = unary(AlarmRequest, async (call, { action, alarm }) => {
  const asked = ALARM_ACTIONS[action];
  if (asked === "ACTIVATE") throw new EtcdError("unimplemented", "alarms follow from the quota; nobody raises them");
  const { usage, quotas } = await read(call, { query: { kind: "usage" }, consistency: "linearizable" }, "usage");
  const isFull =
    usage.bytes >= (quotas?.bytes ?? Number.POSITIVE_INFINITY) ||
    usage.historyBytes >= (quotas?.historyBytes ?? Number.POSITIVE_INFINITY);
  const isWanted = asked === "GET" && ALARM_TYPES[alarm] !== "CORRUPT";
  const alarms = isFull && isWanted ? [{ memberID: call.who.memberId, alarm: "NOSPACE" }] : [];
  return { header: headerJson(call.who), ...(alarms.length === 0 ? {} : { alarms }) };
});

/** The regions that vote. All of them are reached where this request came in. */
export const memberList = unary(EmptyRequest, async (call) => {
  const { namespace, coordinator, who, request } = call;
  await permitted(call, [needAnywhere("read")]);
  const { acceptors } = await coordinator.status();
  const { origin } = new URL(request.url);
  return {
    header: headerJson(who),
    members: acceptors.map(({ region }) => ({
      ID: memberIdOf(namespace, region),
      name: region,
      peerURLs: [origin],
      clientURLs: [origin],
    })),
  };
});

export function version(): Response {
  return jsonResponse({ etcdserver: ETCD_VERSION, etcdcluster: ETCD_CLUSTER_VERSION }, 200);
}

/**
 * Whether a linearizable read works. Who has no right to read learns only that this Worker answers: names that anybody
 * may make up must not become objects.
 */
export async function health(call: EtcdCall): Promise<Response> {
  const { kind } = call.caller;
  const isWell = (kind !== "root" && kind !== "open") || (await canRead(call));
  const type = "text/plain; charset=utf-8";
  return gatewayResponse(JSON.stringify({ health: `${isWell}` }), isWell ? 200 : 503, { "content-type": type });
}

async function canRead({ coordinator }: EtcdCall): Promise<boolean> {
  const query = { kind: "range", key: Uint8Array.of(0) } as const;
  const outcome = await coordinator.read({ query, consistency: "linearizable", deadlineMs: HEALTH_MS_MAX });
  // Who may not read is told so after the read was found to be possible.
  return outcome.kind === "answer" || outcome.kind === "denied";
}
