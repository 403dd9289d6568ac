import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { rawPath } from "./route.ts";
import { isUpgrade } from "./routes/watch.ts";

/** Edge clients are browsers too, on anybody's pages. */
const PATHS = /^\/(?:v1(?:\/|$)|ofrep\/v1\/|healthz$|openapi\.json$|problems(?:\/|$))/;

const EXPOSED = [
  "etag",
  "retry-after",
  "synod-revision",
  "synod-path",
  "synod-lag",
  "synod-request-id",
  "synod-trace-id",
  "synod-won",
  "synod-slot",
  "synod-version",
  "synod-create-revision",
  "synod-lease",
  "synod-actor",
  "synod-time",
].join(",");

/** Whether pages of any origin may see the answer. A WebSocket's answer has headers that nobody may change. */
export function isCrossOrigin(path: string, request: Request): boolean {
  return PATHS.test(path) && !isUpgrade(request);
}

/** What `hono/cors` says of an answer; as a middleware it makes two more responses for each. */
export function crossOriginHeaders(headers: Headers): void {
  headers.set("access-control-allow-origin", "*");
  headers.set("access-control-expose-headers", EXPOSED);
}

/** Answers a browser that asks first. */
export function crossOriginPreflight(): MiddlewareHandler {
  const allow = cors({ origin: "*", allowMethods: ["GET", "HEAD", "PUT", "POST", "DELETE"], maxAge: 86_400 });
  return async (context, next) =>
    isCrossOrigin(rawPath(context.req.raw), context.req.raw) ? allow(context, next) : next();
}
