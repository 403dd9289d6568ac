import { z } from "zod";
import { LeaseAnswer, LeaseHeldAnswer, LeasesAnswer, RevokeAnswer } from "../../api/answer.ts";
import { base64urlEncode } from "../../api/base64.ts";
import { LeaseIdText, leaseIdFrom } from "../../api/lease-id.ts";
import { CONFIG_BYTES_MAX, LEASE_TTL_SECONDS_MAX, LEASE_TTL_SECONDS_MIN, PAGE_LEASES_MAX } from "../../api/limits.ts";
import { keyToJson } from "../../api/readable.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { read, unexpected, write } from "../outcome.ts";
import { Consistency, Flag, KeyCursor, MinRevision, PageLimit } from "../parameters.ts";
import { route } from "../route.ts";
import {
  IN_NAMESPACE,
  JSON_WRITE_PROBLEMS,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITE_PROBLEMS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

const ONE_LEASE = IN_NAMESPACE.extend({ id: LeaseIdText });
const READ_QUERY = { consistency: Consistency.optional(), min_revision: MinRevision.optional() };

const GrantJson = z.strictObject({
  ttl: z
    .int()
    .min(1)
    .max(LEASE_TTL_SECONDS_MAX)
    .meta({ description: `Seconds to live without a keep-alive; less than ${LEASE_TTL_SECONDS_MIN} is raised to it` }),
  id: LeaseIdText.optional().meta({ description: "Chosen at random when absent" }),
});

export const leaseGrantRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/leases",
    operationId: "leaseGrant",
    summary: "Grant a lease: keys put under it are deleted when it runs out",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: GrantJson } } },
    responses: {
      201: {
        description: "The lease",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: LeaseAnswer } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "lease-exists"],
  },
  async ({ context, request, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const asked = await bodyJson(request, GrantJson, CONFIG_BYTES_MAX);
    const { ttl, id = leaseIdFrom(deps.freshId()) } = asked;
    const requestId = headers["idempotency-key"] ?? deps.freshRequestId();
    // An id that is generated here is another one in every retry.
    const grant = { op: { kind: "lease-grant", lease: id, ttl }, requestId } as const;
    const answer = await write(coordinator, grant, { kind: "lease-grant", ...asked });
    const { result } = answer;
    if (result.kind !== "lease-grant") throw unexpected(result);
    return jsonResponse({ revision: result.revision, id: result.lease, ttl: result.ttl }, answer.headers, 201);
  },
);

export const leaseListRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/leases",
    operationId: "leaseList",
    summary: "List the leases that are held",
    params: IN_NAMESPACE,
    query: z.strictObject({
      ...READ_QUERY,
      limit: PageLimit.optional(),
      after: LeaseIdText.meta({ description: "The `after` of the page before" }).optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "Their ids, in order of their text, a page",
        headers: READ_HEADERS,
        content: { "application/json": { schema: LeasesAnswer } },
      },
    },
    problems: READ_PROBLEMS,
  },
  async ({ context, params, query }, deps) => {
    const answer = await read(coordinatorOf(context, deps, params.ns), {
      query: { kind: "leases", limit: query.limit ?? PAGE_LEASES_MAX, ...(query.after ? { after: query.after } : {}) },
      consistency: query.consistency ?? "linearizable",
      minRevision: query.min_revision,
    });
    if (answer.result.kind !== "leases") throw unexpected(answer.result);
    const { revision, leases, more } = answer.result;
    return jsonResponse({ revision, leases, ...(more ? { after: leases.at(-1) } : {}) }, answer.headers);
  },
);

export const leaseGetRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/leases/{id}",
    operationId: "leaseGet",
    summary: "Read a lease, what it has left, and the keys that go with it",
    params: ONE_LEASE,
    query: z.strictObject({
      ...READ_QUERY,
      keys: Flag.meta({ description: "true: with its keys" }).optional(),
      limit: PageLimit.optional(),
      cursor: KeyCursor.optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "The lease",
        headers: READ_HEADERS,
        content: { "application/json": { schema: LeaseHeldAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "lease-not-found"],
  },
  async ({ context, params, query }, deps) => {
    const { limit = PAGE_LEASES_MAX, cursor } = query;
    const keys =
      query.keys === true || cursor !== undefined ? { limit, ...(cursor ? { after: cursor } : {}) } : undefined;
    const answer = await read(coordinatorOf(context, deps, params.ns), {
      query: { kind: "lease", lease: params.id, ...(keys === undefined ? {} : { keys }) },
      consistency: query.consistency ?? "linearizable",
      minRevision: query.min_revision,
    });
    const { result } = answer;
    if (result.kind !== "lease") throw unexpected(result);
    const { revision, lease: id, grantedTtl: ttl, remaining } = result;
    const last = result.more ? result.keys.at(-1) : undefined;
    const held = {
      revision,
      id,
      ttl,
      remaining,
      ...(keys === undefined ? {} : { keys: result.keys.map(keyToJson) }),
      ...(last === undefined ? {} : { cursor: base64urlEncode(last) }),
    };
    return jsonResponse(held, answer.headers);
  },
);

export const leaseKeepAliveRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/leases/{id}/keep-alive",
    operationId: "leaseKeepAlive",
    summary: "Let a lease live for its whole time again",
    params: ONE_LEASE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    responses: {
      200: {
        description: "It begins anew",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: LeaseAnswer } },
      },
    },
    problems: [...WRITE_PROBLEMS, "lease-not-found"],
  },
  async ({ context, params, headers }, deps) => {
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: { kind: "lease-keep-alive", lease: params.id },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    const { result } = answer;
    if (result.kind !== "lease-keep-alive") throw unexpected(result);
    return jsonResponse({ revision: result.revision, id: result.lease, ttl: result.ttl }, answer.headers);
  },
);

export const leaseRevokeRoute = route(
  {
    method: "delete",
    path: "/v1/{ns}/leases/{id}",
    operationId: "leaseRevoke",
    summary: "End a lease now, and delete its keys",
    params: ONE_LEASE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    responses: {
      200: {
        description: "It is gone, and so are its keys",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: RevokeAnswer } },
      },
    },
    problems: [...WRITE_PROBLEMS, "lease-not-found"],
  },
  async ({ context, params, headers }, deps) => {
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: { kind: "lease-revoke", lease: params.id },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    const { result } = answer;
    if (result.kind !== "lease-revoke" && result.kind !== "applied-before") throw unexpected(result);
    const deleted = result.kind === "lease-revoke" ? { deleted: result.deleted } : {};
    return jsonResponse({ revision: result.revision, ...deleted }, answer.headers);
  },
);
