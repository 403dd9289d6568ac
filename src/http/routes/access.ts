import { z } from "zod";
import { utf8Encode } from "../../api/bytes.ts";
import { prefixRange } from "../../api/key-range.ts";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { VERBS } from "../../api/verb.ts";
import { type Caller, callerName } from "../../policy/caller.ts";
import { PRINCIPAL } from "../../policy/documents.ts";
import { type Need, needAnywhere, needOverAll } from "../../policy/need.ts";
import { bodyJson } from "../body.ts";
import { callerIn, coordinatorOf } from "../caller.ts";
import { deniedProblem, permitted, undecided } from "../denied.ts";
import { jsonResponse } from "../json.ts";
import { type Route, route } from "../route.ts";
import { IN_NAMESPACE, NONE } from "../schemas.ts";
import { TICKET_MS, ticketFor } from "../ticket.ts";

const WhoAnswer = z
  .object({
    principal: z.string().meta({ description: "How versions and the audit name the caller" }),
    verbs: z.array(z.enum(VERBS)).meta({ description: "What it may do to some key at least" }),
    policy_revision: z.int(),
  })
  .meta({ id: "WhoAmI" });

const whoami = route(
  {
    method: "get",
    path: "/v1/{ns}/whoami",
    operationId: "whoami",
    summary: "Who the caller is, and what it may do",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: { 200: { description: "The caller", content: { "application/json": { schema: WhoAnswer } } } },
    problems: ["no-quorum"],
  },
  async ({ context, params }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const caller = callerIn(context);
    // A token that nobody knows is denied here.
    await permitted(coordinator, []);
    const decisions = await Promise.all(VERBS.map((verb) => coordinator.permitOf(caller, [needAnywhere(verb)])));
    const [first] = decisions;
    if (first?.kind === "denied" && first.why === "unauthenticated") throw deniedProblem(first);
    const verbs = VERBS.filter((_, index) => decisions[index]?.kind === "allowed");
    const principal = callerName(caller);
    return jsonResponse({ principal, verbs, policy_revision: first?.stamp ?? 0 });
  },
);

const ExplainJson = z
  .strictObject({
    principal: z.string().regex(PRINCIPAL).optional().meta({ description: "Absent: the caller itself" }),
    verb: z.enum(VERBS),
    key: z.string().optional(),
    prefix: z.string().optional().meta({ description: "Instead of a key: all keys that begin with it" }),
  })
  .meta({ id: "AccessQuestion" });
const ExplainAnswer = z
  .object({
    allowed: z.boolean(),
    role: z.string().optional().meta({ description: "The roles that allow it" }),
    detail: z.string().optional().meta({ description: "What is missing" }),
    policy_revision: z.int(),
  })
  .meta({ id: "AccessExplanation" });

const explain = route(
  {
    method: "post",
    path: "/v1/{ns}/access:explain",
    operationId: "accessExplain",
    summary: "Whether a principal may do something, and by which role",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: ExplainJson } } },
    responses: { 200: { description: "Yes or no", content: { "application/json": { schema: ExplainAnswer } } } },
    problems: ["no-quorum", "forbidden", "too-large"],
  },
  async ({ context, request, params }, deps) => {
    const { principal, ...asked } = await bodyJson(request, ExplainJson, CONFIG_BYTES_MAX);
    const coordinator = coordinatorOf(context, deps, params.ns);
    // Who asks about others is told what they may do.
    if (principal !== undefined) await permitted(coordinator, [needOverAll("admin")]);
    const needs = [needOf(asked)];
    const about = principal === undefined ? callerIn(context) : ({ kind: "named", name: principal } as const);
    const decision = await coordinator.permitOf(about, needs);
    if (decision === undefined) throw undecided();
    // Whoever asks for itself, and is nobody, is told that.
    if (principal === undefined && decision.kind === "denied" && decision.why === "unauthenticated") {
      throw deniedProblem(decision);
    }
    const { stamp: policy_revision } = decision;
    if (decision.kind === "denied") return jsonResponse({ allowed: false, detail: decision.detail, policy_revision });
    return jsonResponse({ allowed: true, role: decision.role, policy_revision });
  },
);

function needOf({ verb, key, prefix }: Pick<z.infer<typeof ExplainJson>, "verb" | "key" | "prefix">): Need {
  if (key !== undefined) return { verb, key: utf8Encode(key) };
  return prefix === undefined ? needOverAll(verb) : { verb, ...prefixRange(utf8Encode(prefix)) };
}

const TicketJson = z
  .strictObject({ verbs: z.array(z.enum(VERBS)).min(1).max(VERBS.length).optional() })
  .meta({ id: "TicketRequest" });

const ticket = route(
  {
    method: "post",
    path: "/v1/{ns}/tickets",
    operationId: "ticketCreate",
    summary: "A signed text for a minute, for a socket or an event stream that cannot send a token",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: TicketJson } } },
    responses: {
      201: {
        description: "Send it as the subprotocol `synod.ticket.` and it, or as `?ticket=`",
        content: { "application/json": { schema: z.object({ ticket: z.string(), expires: z.iso.datetime() }) } },
      },
    },
    problems: ["no-quorum", "too-large"],
  },
  async ({ context, request, params: { ns: namespace } }, deps) => {
    const { verbs = ["watch", "read"] } = await bodyJson(request, TicketJson, CONFIG_BYTES_MAX);
    await permitted(
      coordinatorOf(context, deps, namespace),
      verbs.map((verb) => needAnywhere(verb)),
    );
    const until = Date.now() + TICKET_MS;
    const caller: Caller = callerIn(context);
    const signed = ticketFor({ namespace, caller, verbs, until }, deps.access.rootTokens);
    return jsonResponse({ ticket: signed, expires: new Date(until).toISOString() }, {}, 201);
  },
);

export const ACCESS_ROUTES: readonly Route[] = [whoami, explain, ticket];
