import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { z } from "zod";
import { DeleteAnswer, PutAnswer } from "../../api/answer.ts";
import { utf8Encode } from "../../api/bytes.ts";
import { LeaseIdText, leaseIdFrom } from "../../api/lease-id.ts";
import { VALUE_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import type { Condition } from "../../state/command.ts";
import { bodyBytes } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { conditionOf, etag } from "../etag.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { Key, Ttl } from "../parameters.ts";
import { overridden, overridingOf } from "../releases/override.ts";
import { route } from "../route.ts";
import {
  BYTES,
  CONDITION_HEADERS,
  CONTENT_HEADERS,
  ETAG_HEADER,
  IN_NAMESPACE,
  NONE,
  OVERRIDE_HEADERS,
  WRITE_HEADERS,
  WRITE_PROBLEMS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

const conditionHeaders = z.object(CONDITION_HEADERS);

/** The condition as the command carries it; nothing when the write has none. */
function conditionPart(headers: z.output<typeof conditionHeaders>): { readonly condition?: Condition } {
  const condition = conditionOf(headers["if-match"], headers["if-none-match"]);
  if (condition === undefined) return {};
  if ("kind" in condition) return { condition };
  const { parameter, message } = condition;
  throw new ProblemError("invalid-request", `header ${parameter}: ${message}`, { parameter });
}

export const putRoute = route(
  {
    method: "put",
    path: "/v1/{ns}/kv/{key}",
    operationId: "put",
    summary: "Write a key: the body is the value",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: z.strictObject({
      lease: LeaseIdText.meta({ description: "The lease that keeps the key alive; without it, none does" }).optional(),
      ttl: Ttl.optional(),
    }),
    headers: z.object({ ...CONDITION_HEADERS, ...WRITE_HEADERS, ...CONTENT_HEADERS, ...OVERRIDE_HEADERS }),
    body: BYTES,
    responses: {
      200: written("The key has its new value"),
      201: written("The key was created"),
    },
    problems: [...WRITE_PROBLEMS, "precondition-failed", "lease-not-found", "unsupported-media-type"],
  },
  async ({ context, request, params, query, headers }, deps) => {
    const condition = conditionPart(headers);
    const coordinator = coordinatorOf(context, deps, params.ns);
    const requestId = headers["idempotency-key"] ?? deps.freshRequestId();
    const value = await bodyBytes(request, VALUE_BYTES_MAX);
    const held = await leaseFor(coordinator, query, requestId);
    const lease = held === undefined ? {} : { lease: held };
    const type = headers["content-type"];
    const contentType = type === undefined ? {} : { contentType: type };
    const overriding = await overridingOf(context, coordinator, headers["synod-override"], params.key);
    const answer = await write(coordinator, {
      op: { kind: "put", key: params.key, value, ...contentType, ...lease, ...condition },
      requestId,
      override: overriding !== undefined,
    });
    if (overriding !== undefined) await overridden(overriding, params.key);
    const { result } = answer;
    if (result.kind !== "put" && result.kind !== "applied-before") throw unexpected(result);
    const { revision } = result;
    const version = result.kind === "put" ? { version: result.version } : {};
    const status = version.version === 1 ? 201 : 200;
    return jsonResponse({ revision, ...version }, { ...answer.headers, etag: etag(revision) }, status);
  },
);

export const deleteRoute = route(
  {
    method: "delete",
    path: "/v1/{ns}/kv/{key}",
    operationId: "delete",
    summary: "Delete a key; that there was none is no error",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: NONE,
    headers: z.object({ ...CONDITION_HEADERS, ...WRITE_HEADERS, ...OVERRIDE_HEADERS }),
    responses: {
      200: {
        description: "The key does not exist any more",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: DeleteAnswer } },
      },
    },
    problems: [...WRITE_PROBLEMS, "precondition-failed"],
  },
  async ({ context, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const overriding = await overridingOf(context, coordinator, headers["synod-override"], params.key);
    const answer = await write(coordinator, {
      op: { kind: "delete", key: params.key, ...conditionPart(headers) },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
      override: overriding !== undefined,
    });
    if (overriding !== undefined) await overridden(overriding, params.key);
    const { result } = answer;
    if (result.kind !== "delete" && result.kind !== "applied-before") throw unexpected(result);
    const { revision } = result;
    const deleted = result.kind === "delete" ? { deleted: result.deleted } : {};
    return jsonResponse({ revision, ...deleted }, answer.headers);
  },
);

function written(description: string) {
  return {
    description,
    headers: { ...WRITTEN_HEADERS, ...ETAG_HEADER },
    content: { "application/json": { schema: PutAnswer } },
  };
}

/**
 * The lease of a put: the one that it names, or one of its own for `ttl` seconds. Its own is granted first and has the
 * same id for every repeat of the request; when the put is refused, or does not come, it ends by itself, without a key.
 */
async function leaseFor(
  coordinator: Coordinator,
  { lease, ttl }: { readonly lease?: string | undefined; readonly ttl?: number | undefined },
  requestId: string,
): Promise<string | undefined> {
  if (ttl === undefined) return lease;
  if (lease !== undefined) {
    throw new ProblemError("invalid-request", "query ttl: give either ttl or lease", { parameter: "ttl" });
  }
  const id = leaseIdFrom(bytesToHex(sha256(utf8Encode(`ttl ${requestId}`))));
  const { result } = await write(coordinator, {
    op: { kind: "lease-grant", lease: id, ttl },
    requestId: `${requestId} ttl`,
  });
  return result.kind === "lease-grant" ? result.lease : id;
}
