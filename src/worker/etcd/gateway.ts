import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { EtcdError } from "../../wire/etcd/error.ts";
import { ProblemError } from "../../wire/problem.ts";
import type { AppDeps } from "../deps.ts";
import { rawPath } from "../route.ts";
import { etcdCall } from "./call.ts";
import { health, maintenanceStatus, memberList, version } from "./cluster.ts";
import { compaction, deleteRange, put, range, txn } from "./kv.ts";
import { leaseGrant, leaseKeepAlive, leaseRevoke, leases, leaseTimeToLive } from "./lease.ts";
import { type Handler, jsonResponse } from "./unary.ts";
import { watch } from "./watch.ts";

/** etcd 3.4 and later, 3.3, and 3.2 called it so; the messages are the same. */
const PREFIXES = ["v3", "v3beta", "v3alpha"] as const;

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
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
  ["cluster/member/list", memberList],
]);

/** What etcd sends with everything. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST, GET, OPTIONS, PUT, DELETE",
  "access-control-allow-headers": "accept, content-type, authorization",
};

/** etcd's v3 JSON gateway. Its clients work as they are; namespaces other than `default` need a header. */
export function etcdGatewayMount(app: OpenAPIHono, deps: AppDeps): void {
  for (const prefix of PREFIXES) {
    app.all(`/${prefix}/*`, (context) => {
      const handler = HANDLERS.get(rawPath(context.req.raw).slice(prefix.length + 2));
      return guarded(context, deps, "POST", handler && (async () => handler(etcdCall(context, deps))));
    });
  }
  app.all("/version", (context) => guarded(context, deps, "GET", async () => version()));
  app.all("/health", (context) => guarded(context, deps, "GET", async () => health(etcdCall(context, deps))));
}

async function guarded(
  context: Context,
  deps: AppDeps,
  method: "GET" | "POST",
  handle: (() => Promise<Response>) | undefined,
): Promise<Response> {
  const response = await answered(context, deps, method, handle).catch((error: unknown) => failure(error, deps));
  for (const [name, value] of Object.entries(CORS)) response.headers.set(name, value);
  return response;
}

async function answered(
  context: Context,
  deps: AppDeps,
  method: "GET" | "POST",
  handle: (() => Promise<Response>) | undefined,
): Promise<Response> {
  if (context.req.method === "OPTIONS") return new Response(null);
  if (handle === undefined) return text(404, "Not Found");
  if (context.req.method !== method) return text(405, "Method Not Allowed", { allow: method });
  if (method === "POST" && deps.token !== undefined && !(await isAuthorized(context, deps.token))) {
    throw EtcdError.named("invalid-token");
  }
  return handle();
}

/** etcd's clients send the bare token; others call it a bearer's. */
async function isAuthorized(context: Context, token: string): Promise<boolean> {
  const given = /^(?:Bearer +)?(\S+) *$/i.exec(context.req.header("authorization") ?? "")?.[1];
  return given !== undefined && (await timingSafeEqual(given, token));
}

function text(status: number, line: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${line}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", ...headers },
  });
}

/** Anything but an error of etcd's is a bug, told by a reference into the log and nothing more. */
function failure(error: unknown, deps: AppDeps): Response {
  if (error instanceof EtcdError) return jsonResponse(error.body, error.status);
  if (error instanceof ProblemError) return failure(new EtcdError("invalid-argument", error.message), deps);
  const reference = deps.freshId();
  console.error(`internal error ${reference}`, error);
  return failure(new EtcdError("internal", `internal error; ${reference} names it in the logs`), deps);
}
