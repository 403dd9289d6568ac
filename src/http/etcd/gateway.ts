import { ProblemError } from "../../api/problem.ts";
import { ANONYMOUS, type Caller } from "../../policy/caller.ts";
import { callerOf, isNotSetUp, openOr } from "../authenticate.ts";
import type { AppDeps } from "../deps.ts";
import type { EdgeLog } from "../edge-log.ts";
import { NOT_SET_UP } from "../set-up.ts";
import { AUTH_HANDLERS, AUTHENTICATE } from "./auth/auth.ts";
import { etcdCall } from "./call.ts";
import { health, maintenanceAlarm, maintenanceStatus, memberList, version } from "./cluster.ts";
import { EtcdError } from "./codec/error.ts";
import { campaign, leader, observe, proclaim, resign } from "./election.ts";
import { compaction, deleteRange, put, range, txn } from "./kv.ts";
import { leaseGrant, leaseKeepAlive, leaseRevoke, leases, leaseTimeToLive } from "./lease.ts";
import { lock, unlock } from "./lock.ts";
import { gatewayResponse, jsonResponse } from "./response.ts";
import type { Handler } from "./unary.ts";
import { UNSERVED_HANDLERS } from "./unserved.ts";
import { watch } from "./watch.ts";

/** etcd 3.4 and later, 3.3, and 3.2 called it so; the messages are the same. */
const PREFIXES = ["v3", "v3beta", "v3alpha"] as const;

const HANDLERS_BELOW: ReadonlyMap<string, Handler> = new Map([
  ["kv/range", range],
  ["kv/put", put],
  ["kv/deleterange", deleteRange],
  ["kv/txn", txn],
  ["kv/compaction", compaction],
  ["watch", watch],
  ["lease/grant", leaseGrant],
  ["lease/revoke", leaseRevoke],
  ["kv/lease/revoke", leaseRevoke],
  ["lease/keepalive", leaseKeepAlive],
  ["lease/timetolive", leaseTimeToLive],
  ["kv/lease/timetolive", leaseTimeToLive],
  ["lease/leases", leases],
  ["kv/lease/leases", leases],
  ["maintenance/status", maintenanceStatus],
  ["maintenance/alarm", maintenanceAlarm],
  ["cluster/member/list", memberList],
  ["lock/lock", lock],
  ["lock/unlock", unlock],
  ["election/campaign", campaign],
  ["election/proclaim", proclaim],
  ["election/leader", leader],
  ["election/observe", observe],
  ["election/resign", resign],
  ...AUTH_HANDLERS,
  ...UNSERVED_HANDLERS,
]);

/** One path: what it takes, and whoever answers; without one there is nothing here. */
interface Place {
  readonly method: "GET" | "POST";
  readonly handle?: Handler | undefined;
  /** Who asks does not count: it is to be found out. */
  readonly isForAll?: boolean;
}

export const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ...PREFIXES.flatMap((prefix) =>
    [...HANDLERS_BELOW].map(([path, handle]): [string, Place] => [
      `/${prefix}/${path}`,
      { method: "POST", handle, isForAll: path === AUTHENTICATE },
    ]),
  ),
  ["/version", { method: "GET", handle: async () => version() }],
  ["/health", { method: "GET", handle: health }],
]);
const NOWHERE: Place = { method: "POST" };
const BELOW_PREFIX = new RegExp(`^/(?:${PREFIXES.join("|")})(?:/|$)`);

/**
 * etcd's v3 JSON gateway. Its clients work as they are; namespaces other than `default` need a header.
 *
 * Its paths are fixed, so that one look-up does what a router would search for. undefined: the path is not etcd's.
 */
export function etcdGateway(
  path: string,
  request: Request,
  execution: ExecutionContext,
  deps: AppDeps,
  log: EdgeLog,
): Promise<Response> | undefined {
  const place = PLACES.get(path) ?? (BELOW_PREFIX.test(path) ? NOWHERE : undefined);
  if (place === undefined) return undefined;
  const bug = (reference: string, error: unknown) => log.internal(request, path, reference, error);
  return guarded(answered(place, request, execution, deps), request, (error) => failure(error, deps, bug));
}

/** The path, if it is one of etcd's: none of them names a key. */
export function etcdRoute(path: string): string | undefined {
  return PLACES.has(path) ? path : undefined;
}

async function guarded(
  answer: Promise<Response>,
  request: Request,
  failed: (error: unknown) => Response,
): Promise<Response> {
  let response: Response;
  try {
    response = await answer;
  } catch (error) {
    response = failed(error);
  }
  return request.method === "HEAD" ? new Response(null, response) : response;
}

async function answered(place: Place, request: Request, execution: ExecutionContext, deps: AppDeps): Promise<Response> {
  const { method, handle } = place;
  const asked = request.method;
  if (asked === "OPTIONS") return gatewayResponse(null, 200);
  if (handle === undefined) return text(404, "Not Found");
  if (asked !== method) return text(405, "Method Not Allowed", { allow: method });
  return handle(etcdCall(request, execution, deps, await gatewayCaller(request, place, deps, execution)));
}

/** What is open to all needs nobody to be known. */
async function gatewayCaller(
  request: Request,
  { method, isForAll = false }: Place,
  { access }: AppDeps,
  execution: object,
): Promise<Caller> {
  if (isNotSetUp(access)) throw new EtcdError("unavailable", NOT_SET_UP);
  if (isForAll) return openOr(access, ANONYMOUS);
  try {
    const caller = await callerOf(request, access, "bearer-or-bare", execution);
    if (method === "POST" && caller.kind === "anonymous") throw EtcdError.named("user-empty");
    return caller;
  } catch (error) {
    if (error instanceof EtcdError) throw error;
    if (method === "GET") return ANONYMOUS;
    throw EtcdError.named("invalid-token");
  }
}

function text(status: number, line: string, headers: Readonly<Record<string, string>> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return gatewayResponse(`${line}\n`, status, { ...type, ...headers });
}

const SERVER_AT_FAULT = 500;

/** Anything but an error of etcd's is a bug, told by a reference into the log and nothing more. */
function failure(error: unknown, deps: AppDeps, bug: (reference: string, error: unknown) => void): Response {
  if (error instanceof EtcdError) return jsonResponse(error.body, error.status);
  if (error instanceof ProblemError) {
    const code = error.problem.status >= SERVER_AT_FAULT ? "unavailable" : "invalid-argument";
    return failure(new EtcdError(code, error.message), deps, bug);
  }
  const reference = deps.freshId();
  bug(reference, error);
  return failure(new EtcdError("internal", `internal error; ${reference} names it in the logs`), deps, bug);
}
