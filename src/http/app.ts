import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { PROBLEM_CODES, ProblemError, problem, problemResponse } from "../api/problem.ts";
import { tokenFault } from "../network/deployment.ts";
import { callerOf } from "./authenticate.ts";
import { crossOriginHeaders, crossOriginPreflight, isCrossOrigin } from "./cross-origin.ts";
import type { AppDeps } from "./deps.ts";
import { drain } from "./drain.ts";
import { EdgeLog } from "./edge-log.ts";
import { etcdGateway, etcdRoute } from "./etcd/gateway.ts";
import { ofrepBulkRoute, ofrepSingleRoute } from "./ofrep/evaluate.ts";
import { ofrepEventsRoute } from "./ofrep/events.ts";
import { foreignHost } from "./own-host.ts";
import { honoPath, type Route, rawPath } from "./route.ts";
import { healthRoute, problemRoute } from "./routes/about.ts";
import { ACCESS_ROUTES } from "./routes/access.ts";
import { auditRoute } from "./routes/audit.ts";
import { backupRoute } from "./routes/backup.ts";
import { dashboardAnswer } from "./routes/dashboard.ts";
import { DASHBOARD_SESSION_ROUTES } from "./routes/dashboard-session.ts";
import { devNetworkGetRoute, devNetworkPutRoute } from "./routes/dev.ts";
import { effectiveRoute } from "./routes/effective.ts";
import { namespaceHealthRoute } from "./routes/health.ts";
import { compactRoute, historyRoute } from "./routes/history.ts";
import { deletePrefixRoute } from "./routes/kv-delete-prefix.ts";
import { getRoute } from "./routes/kv-read.ts";
import { deleteRoute, putRoute } from "./routes/kv-write.ts";
import {
  leaseGetRoute,
  leaseGrantRoute,
  leaseKeepAliveRoute,
  leaseListRoute,
  leaseRevokeRoute,
} from "./routes/leases.ts";
import { levelRoute } from "./routes/level.ts";
import { listRoute } from "./routes/list.ts";
import { lockKeepAliveRoute, lockReleaseRoute, lockRoute, lockStateRoute } from "./routes/locks.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { metricsAllRoute } from "./routes/metrics-all.ts";
import { namespaceListRoute } from "./routes/namespaces.ts";
import { BINDING_ROUTES, ROLE_ROUTES } from "./routes/policy-documents.ts";
import { proposalRoute, proposeRoute } from "./routes/propose.ts";
import { quotasGetRoute, quotasPutRoute } from "./routes/quotas.ts";
import { releaseHealthRoute, releaseReportRoute, releaseSignalsRoute } from "./routes/release-health.ts";
import { releaseTransitionRoute } from "./routes/release-transition.ts";
import {
  releaseCreateRoute,
  releaseGetRoute,
  releaseListRoute,
  releasePlanRoute,
  releaseStagedRoute,
} from "./routes/releases.ts";
import { restoreRoute } from "./routes/restore.ts";
import { schemaDeleteRoute, schemaGetRoute, schemaListRoute, schemaPutRoute } from "./routes/schemas.ts";
import { statusRoute } from "./routes/status.ts";
import { strategyDeleteRoute, strategyGetRoute, strategyListRoute, strategyPutRoute } from "./routes/strategies.ts";
import { TOKEN_ROUTES } from "./routes/tokens.ts";
import { txnRoute } from "./routes/txn.ts";
import { watchRoute } from "./routes/watch.ts";
import { traceId } from "./trace.ts";

const ROUTES: readonly Route[] = [
  putRoute,
  getRoute,
  deleteRoute,
  deletePrefixRoute,
  listRoute,
  txnRoute,
  historyRoute,
  compactRoute,
  auditRoute,
  leaseGrantRoute,
  leaseListRoute,
  leaseGetRoute,
  leaseKeepAliveRoute,
  leaseRevokeRoute,
  lockRoute,
  lockStateRoute,
  lockKeepAliveRoute,
  lockReleaseRoute,
  proposeRoute,
  proposalRoute,
  watchRoute,
  releasePlanRoute,
  releaseCreateRoute,
  releaseListRoute,
  releaseGetRoute,
  releaseStagedRoute,
  releaseReportRoute,
  releaseHealthRoute,
  releaseSignalsRoute,
  effectiveRoute,
  releaseTransitionRoute,
  strategyListRoute,
  strategyPutRoute,
  strategyGetRoute,
  strategyDeleteRoute,
  schemaListRoute,
  schemaPutRoute,
  schemaGetRoute,
  schemaDeleteRoute,
  statusRoute,
  namespaceHealthRoute,
  backupRoute,
  restoreRoute,
  metricsRoute,
  metricsAllRoute,
  levelRoute,
  quotasGetRoute,
  quotasPutRoute,
  namespaceListRoute,
  ...ROLE_ROUTES,
  ...BINDING_ROUTES,
  ...TOKEN_ROUTES,
  ...ACCESS_ROUTES,
  ofrepBulkRoute,
  ofrepSingleRoute,
  ofrepEventsRoute,
  healthRoute,
  problemRoute,
  ...DASHBOARD_SESSION_ROUTES,
];
const DEV_ROUTES: readonly Route[] = [devNetworkGetRoute, devNetworkPutRoute];

export interface App {
  fetch(request: Request, env: object, execution: ExecutionContext): Promise<Response>;
}

/** The HTTP interface, apart from what runs behind it. */
export function createApp(deps: AppDeps): App {
  for (const token of deps.access.rootTokens) {
    const fault = tokenFault(token);
    if (fault !== undefined) throw new Error(fault);
  }
  const routes = deps.dev === undefined ? ROUTES : [...ROUTES, ...DEV_ROUTES];
  const log = edgeLogOf(deps, routes);
  const own = ownApp(deps, routes, log);
  return {
    async fetch(request, env, execution) {
      const foreign = deps.hosts === undefined ? undefined : foreignHost(request, deps.hosts);
      if (foreign !== undefined) return foreign;
      const path = rawPath(request);
      const etcd = etcdGateway(path, request, execution, deps, log);
      const page = dashboardAnswer(path, request, deps.dashboard);
      const response = await (etcd ?? page ?? own.fetch(request, env, execution));
      if (etcd === undefined && isCrossOrigin(path, request)) crossOriginHeaders(response.headers);
      // Headers of a socket's answer, or of a file's, are nobody's to change.
      const trace = response.status === 101 || page !== undefined ? undefined : traceId(request);
      if (trace !== undefined) response.headers.set("synod-trace-id", trace);
      await log.answered(request, path, response);
      if (deps.dev !== undefined) await drain(request);
      return response;
    },
  };
}

function edgeLogOf({ now, log }: AppDeps, routes: readonly Route[]): EdgeLog {
  return new EdgeLog({
    now: now ?? (() => Date.now()),
    write: log ?? ((line) => console.error(JSON.stringify(line))),
    routeOf: (path) => routes.find(({ pattern }) => pattern.test(path))?.path ?? etcdRoute(path) ?? "none",
  });
}

/** Everything but etcd's gateway. */
function ownApp(deps: AppDeps, routes: readonly Route[], log: EdgeLog): OpenAPIHono {
  // Routes match the path as it stands in the URL: decoding first would lose what `%2F` or `%FF` in a key meant.
  const app = new OpenAPIHono({ getPath: rawPath });
  app.onError((error, context) => failure(error, context, deps, log));
  app.notFound((context) => nothingHere(context, routes));

  app.on("OPTIONS", "*", crossOriginPreflight());
  app.use("/v1", authenticated(deps));
  app.use("/v1/*", authenticated(deps));
  app.use("/metrics", authenticated(deps));
  app.use("/ofrep/v1/evaluate/*", authenticated(deps));
  for (const route of routes) {
    app.openAPIRegistry.registerPath(route.openApi);
    app.on(route.method.toUpperCase(), honoPath(route.path), (context) => route.handle(context, deps));
  }
  openApiInstall(app, deps);
  return app;
}

function authenticated({ access }: AppDeps): MiddlewareHandler {
  return async (context, next) => {
    context.set("caller", await callerOf(context.req.raw, access, "bearer", context.executionCtx));
    await next();
  };
}

/** Problems are answers; anything else that was thrown is a bug, told by a reference into the log and nothing more. */
function failure(error: Error, context: Context, deps: AppDeps, log: EdgeLog): Response {
  if (error instanceof ProblemError) return problemResponse(error.problem, error.headers);
  const reference = deps.freshId();
  log.internal(context.req.raw, rawPath(context.req.raw), reference, error);
  return problemResponse(problem("internal", "the reference names it in the logs", { reference }));
}

function nothingHere(context: Context, routes: readonly Route[]): Response {
  const path = rawPath(context.req.raw);
  const here = routes.filter(({ pattern }) => pattern.test(path));
  const methods = here.map(({ method }) => method.toUpperCase());
  if (path === "/openapi.json") methods.push("GET");
  if (methods.length === 0) return problemResponse(problem("not-found", "no such path; /openapi.json lists them all"));
  const hasHead = methods.includes("GET") && !here.some(({ hasNoHead }) => hasNoHead);
  const allow = [...methods, ...(hasHead ? ["HEAD"] : []), "OPTIONS"].join(", ");
  const detail = `${context.req.method} does not work here; ${allow} do`;
  return problemResponse(problem("method-not-allowed", detail), { allow });
}

function openApiInstall(app: OpenAPIHono, deps: AppDeps): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  let document: string | undefined;
  app.get("/openapi.json", (context) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Synod",
          version: "1",
          description: `Errors are RFC 9457 problems: ${PROBLEM_CODES.join(", ")}.`,
        },
        servers: [{ url: "/" }],
        ...(deps.access.isOpen ? {} : { security: [{ token: [] }] }),
      }),
    );
    return context.body(document, 200, { "content-type": "application/json" });
  });
}
