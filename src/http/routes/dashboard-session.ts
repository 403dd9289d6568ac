import { z } from "zod";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { REGIONS } from "../../network/region.ts";
import { type Caller, callerName } from "../../policy/caller.ts";
import { callerOf, mustBeSetUp } from "../authenticate.ts";
import { bodyJson } from "../body.ts";
import { callerRegion } from "../caller.ts";
import type { AppDeps } from "../deps.ts";
import { jsonResponse } from "../json.ts";
import { type Route, route } from "../route.ts";
import { NONE } from "../schemas.ts";
import { isOwnPage, sessionCaller, sessionCookie, sessionEnd } from "../session.ts";

export const DashboardSession = z
  .object({
    development: z.boolean().meta({ description: "Whether this server simulates a network (`/dev/network`)" }),
    region: z.enum(REGIONS).meta({ description: "Where the caller is" }),
    open: z.boolean().meta({ description: "Whether everybody who reaches this server may do everything" }),
    principal: z.string().meta({ description: "Who asks; `anonymous` has to sign in" }),
    signed_in: z.boolean().meta({ description: "Whether that is so by a session of the dashboard" }),
  })
  .meta({ id: "DashboardSession", description: "What the dashboard has to know before it shows anything" });

const PATH = "/dashboard/session";
const answer = (description: string) => ({
  200: { description, content: { "application/json": { schema: DashboardSession } } },
});

const sessionGet = route(
  {
    method: "get",
    path: PATH,
    operationId: "dashboardSession",
    summary: "What the dashboard has to know of its server and its user; renews the session",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    responses: answer("The session"),
    problems: ["not-set-up"],
  },
  async ({ context, request }, deps) => {
    const session = sessionCaller(request, deps.access.rootTokens, Date.now());
    const caller = session ?? (await callerOf(request, deps.access, "bearer", context.executionCtx));
    return sessionResponse(request, deps, caller, session !== undefined);
  },
);

const TokenJson = z.strictObject({ token: z.string().min(1).meta({ description: "A root token, or an API token" }) });

const sessionPost = route(
  {
    method: "post",
    path: PATH,
    operationId: "dashboardSignIn",
    summary: "Keep a token in a session of the dashboard: a signed cookie that no script can read",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: TokenJson } } },
    responses: answer("The session that was begun"),
    problems: ["not-set-up", "forbidden", "too-large", "unsupported-media-type"],
  },
  async ({ request }, deps) => {
    mustBeSetUp(deps.access);
    mustBeOwnPage(request);
    const { token } = await bodyJson(request, TokenJson, CONFIG_BYTES_MAX);
    const asker = new Request(request.url, { headers: { authorization: `Bearer ${token}` } });
    const caller = await callerOf(asker, deps.access, "bearer");
    return sessionResponse(request, deps, caller, true);
  },
);

const sessionDelete = route(
  {
    method: "delete",
    path: PATH,
    operationId: "dashboardSignOut",
    summary: "End the session of this browser",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    responses: { 204: { description: "It is ended" } },
    problems: ["forbidden"],
  },
  ({ request }) => {
    mustBeOwnPage(request);
    return new Response(null, {
      status: 204,
      headers: { "set-cookie": sessionEnd(request), "cache-control": "no-store" },
    });
  },
);

export const DASHBOARD_SESSION_ROUTES: readonly Route[] = [sessionGet, sessionPost, sessionDelete];

function sessionResponse(request: Request, deps: AppDeps, caller: Caller, isSignedIn: boolean): Response {
  const { access, dev } = deps;
  const body = {
    development: dev !== undefined,
    region: callerRegion(request, deps),
    open: access.isOpen,
    principal: callerName(caller),
    signed_in: isSignedIn && access.rootTokens.length > 0,
  } satisfies z.infer<typeof DashboardSession>;
  const cookie = body.signed_in
    ? { "set-cookie": sessionCookie(request, caller, access.rootTokens, Date.now()) }
    : undefined;
  return jsonResponse(body, cookie);
}

/** Nobody is signed in, or out, by a page of somebody else. */
function mustBeOwnPage(request: Request): void {
  if (!isOwnPage(request)) throw new ProblemError("forbidden", "only the dashboard itself begins and ends sessions");
}
