import { z } from "zod";
import { base64urlEncode } from "../../api/base64.ts";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { callerName } from "../../policy/caller.ts";
import { RoleName, TOKENS_PATH, TokenId, TokenJson } from "../../policy/documents.ts";
import { documentJson, documentPut } from "../../rollout/documents.ts";
import { systemKey, systemPath } from "../../state/system-space.ts";
import { secretHash } from "../authenticate.ts";
import { bodyJson } from "../body.ts";
import { callerIn, coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { write } from "../outcome.ts";
import { documentsLoad, keyLoad } from "../releases/load.ts";
import { type Route, route } from "../route.ts";
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
import { policyFits } from "./policy-documents.ts";

const SECRET_BYTES = 32;
const ID_CHARS = 12;
const OVERLAP_SECONDS_MAX = 7 * 86_400;
const TTL_SECONDS_MAX = 10 * 366 * 86_400;

const GrantJson = z
  .strictObject({
    roles: z.array(RoleName).min(1).max(16).meta({ description: "What the token allows" }),
    note: z.string().max(256).optional(),
    ttl_s: z
      .int()
      .min(1)
      .max(TTL_SECONDS_MAX)
      .optional()
      .meta({ description: "Seconds until it expires; absent: never" }),
  })
  .meta({ id: "TokenRequest" });
const RotateJson = z
  .strictObject({
    overlap_s: z
      .int()
      .min(0)
      .max(OVERLAP_SECONDS_MAX)
      .optional()
      .meta({ description: "Seconds that the old secret goes on working" }),
  })
  .meta({ id: "TokenRotation" });

const TokenAnswer = z
  .object({
    id: z.string(),
    roles: z.array(z.string()),
    note: z.string().optional(),
    created: z.iso.datetime(),
    created_by: z.string(),
    expires: z.iso.datetime().optional(),
    mod_revision: z.int(),
  })
  .meta({ id: "Token", description: "A token without its secret" });
const SecretAnswer = z
  .object({ id: z.string(), token: z.string().meta({ description: "Shown once" }), revision: z.int() })
  .meta({ id: "TokenSecret" });
const shownOnce = {
  description: "The token, which is shown once",
  headers: WRITTEN_HEADERS,
  content: { "application/json": { schema: SecretAnswer } },
};

const ONE = IN_NAMESPACE.extend({ id: TokenId });

const create = route(
  {
    method: "post",
    path: "/v1/{ns}/tokens",
    operationId: "tokenCreate",
    summary: "Make an API token; its secret is in this answer and nowhere else",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: GrantJson } } },
    responses: { 201: shownOnce },
    problems: JSON_WRITE_PROBLEMS,
  },
  async ({ context, request, params }, deps) => {
    const { ttl_s: ttl, ...given } = await bodyJson(request, GrantJson, CONFIG_BYTES_MAX);
    const coordinator = coordinatorOf(context, deps, params.ns);
    await policyFits(coordinator, CONFIG_BYTES_MAX);
    const now = Date.now();
    const id = idFresh();
    const secret = secretFresh();
    const document: TokenJson = {
      hashes: [{ hash: secretHash(secret) }],
      ...given,
      created: isoTime(now),
      created_by: callerName(callerIn(context)),
      ...(ttl === undefined ? {} : { expires: isoTime(now + ttl * 1_000) }),
    };
    const condition = { condition: { kind: "absent" } } as const;
    const answer = await write(coordinator, {
      op: { ...documentPut(systemKey(`${TOKENS_PATH}${id}`), document), ...condition },
      requestId: deps.freshRequestId(),
    });
    return jsonResponse({ id, token: `syn_${id}_${secret}`, revision: answer.result.revision }, answer.headers, 201);
  },
);

const list = route(
  {
    method: "get",
    path: "/v1/{ns}/tokens",
    operationId: "tokenList",
    summary: "List the tokens, without their secrets",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "All of them",
        headers: READ_HEADERS,
        content: { "application/json": { schema: z.object({ revision: z.int(), tokens: z.array(TokenAnswer) }) } },
      },
    },
    problems: READ_PROBLEMS,
  },
  async ({ context, params }, deps) => {
    const { value, headers } = await documentsLoad(coordinatorOf(context, deps, params.ns), TOKENS_PATH);
    const tokens = value.flatMap((kv) => {
      const found = TokenJson.safeParse(documentJson(kv)).data;
      if (found === undefined) return [];
      const { hashes: _, ...shown } = found;
      return [{ id: systemPath(kv.key).slice(TOKENS_PATH.length), mod_revision: kv.modRevision, ...shown }];
    });
    return jsonResponse({ revision: Number(headers["synod-revision"]), tokens }, headers);
  },
);

const revoke = route(
  {
    method: "delete",
    path: "/v1/{ns}/tokens/{id}",
    operationId: "tokenRevoke",
    summary: "Revoke a token: nothing that is ordered after this passes with it",
    params: ONE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    responses: {
      200: {
        description: "It is revoked, or there was none",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: z.object({ revision: z.int(), id: z.string() }) } },
      },
    },
    problems: WRITE_PROBLEMS,
  },
  async ({ context, params, headers }, deps) => {
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: { kind: "delete", key: systemKey(`${TOKENS_PATH}${params.id}`) },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    return jsonResponse({ revision: answer.result.revision, id: params.id }, answer.headers);
  },
);

const rotate = route(
  {
    method: "post",
    path: "/v1/{ns}/tokens/{id}/rotate",
    operationId: "tokenRotate",
    summary: "Give a token a new secret; the old one goes on working for as long as they overlap",
    params: ONE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: RotateJson } } },
    responses: { 201: shownOnce },
    problems: [...JSON_WRITE_PROBLEMS, "not-found", "precondition-failed"],
  },
  async ({ context, request, params: { ns, id } }, deps) => {
    const { overlap_s: overlap = 0 } = await bodyJson(request, RotateJson, CONFIG_BYTES_MAX);
    const coordinator = coordinatorOf(context, deps, ns);
    const key = systemKey(`${TOKENS_PATH}${id}`);
    const { value } = await keyLoad(coordinator, key);
    const token = value === undefined ? undefined : TokenJson.safeParse(documentJson(value)).data;
    if (value === undefined || token === undefined) throw new ProblemError("not-found", `there is no token ${id}`);
    const secret = secretFresh();
    const until = isoTime(Date.now() + overlap * 1_000);
    const old = overlap === 0 ? [] : token.hashes.slice(0, 1).map(({ hash }) => ({ hash, until }));
    const condition = { condition: { kind: "mod-revision", anyOf: [value.modRevision] } } as const;
    const answer = await write(coordinator, {
      op: { ...documentPut(key, { ...token, hashes: [{ hash: secretHash(secret) }, ...old] }), ...condition },
      requestId: deps.freshRequestId(),
    });
    return jsonResponse({ id, token: `syn_${id}_${secret}`, revision: answer.result.revision }, answer.headers, 201);
  },
);

export const TOKEN_ROUTES: readonly Route[] = [create, list, revoke, rotate];

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function secretFresh(): string {
  return base64urlEncode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** Letters and digits that nobody confuses. */
const ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

function idFresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_CHARS));
  return Array.from(bytes, (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join("");
}
