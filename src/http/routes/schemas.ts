import { z } from "zod";
import { byteStringBytes, utf8Decode } from "../../api/bytes.ts";
import { KEY_BYTES_MAX, TXN_BODY_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { SchemaDocument, SchemaInput } from "../../api/schema.ts";
import { documentPut, SCHEMAS } from "../../rollout/documents.ts";
import { validatorFault } from "../../rollout/validate.ts";
import { systemKey } from "../../state/system-space.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { asReader } from "../releases/asker.ts";
import { documentsLoad, schemasLoad } from "../releases/load.ts";
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

const Prefix = z
  .string()
  .max(KEY_BYTES_MAX)
  .transform((text, context): string => {
    const prefix = utf8Decode(byteStringBytes(text));
    if (prefix !== undefined) return prefix;
    context.addIssue("a prefix is text");
    return z.NEVER;
  })
  .meta({ description: "The prefix of the keys that are guarded, percent-encoded: limits%2F", type: "string" });

const ONE = IN_NAMESPACE.extend({ prefix: Prefix });
const WRITTEN = z.object({ revision: z.int(), prefix: z.string() });
const written = {
  description: "It is so",
  headers: WRITTEN_HEADERS,
  content: { "application/json": { schema: WRITTEN } },
};

export const schemaPutRoute = route(
  {
    method: "put",
    path: "/v1/{ns}/schemas/{prefix}",
    operationId: "schemaPut",
    summary: "Guard the keys under a prefix: releases and plain writes that a validator refuses are not made",
    params: ONE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: SchemaInput } } },
    responses: { 200: written },
    problems: JSON_WRITE_PROBLEMS,
  },
  async ({ context, request, params, headers }, deps) => {
    const { validators } = await bodyJson(request, SchemaInput, TXN_BODY_BYTES_MAX);
    for (const [index, validator] of validators.entries()) {
      const fault = validatorFault(validator);
      if (fault === undefined) continue;
      const parameter = `validators.${index}`;
      throw new ProblemError("invalid-request", `body ${parameter}: ${fault}`, { parameter });
    }
    const { prefix } = params;
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: documentPut(systemKey(`${SCHEMAS}${prefix}`), { prefix, validators } satisfies SchemaDocument),
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    return jsonResponse({ revision: answer.result.revision, prefix }, answer.headers);
  },
);

export const schemaGetRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/schemas/{prefix}",
    operationId: "schemaGet",
    summary: "Read what guards a prefix",
    params: ONE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "Its validators",
        headers: READ_HEADERS,
        content: { "application/json": { schema: SchemaDocument } },
      },
    },
    problems: [...READ_PROBLEMS, "not-found"],
  },
  async ({ context, params }, deps) => {
    const coordinator = asReader(coordinatorOf(context, deps, params.ns));
    const { headers } = await documentsLoad(coordinator, `${SCHEMAS}${params.prefix}`);
    const found = (await schemasLoad(coordinator)).find(({ prefix }) => prefix === params.prefix);
    if (found === undefined) throw new ProblemError("not-found", "nothing guards this prefix", {}, headers);
    return jsonResponse(found, headers);
  },
);

export const schemaListRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/schemas",
    operationId: "schemaList",
    summary: "List what guards keys",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "All of them",
        headers: READ_HEADERS,
        content: { "application/json": { schema: z.object({ revision: z.int(), schemas: z.array(SchemaDocument) }) } },
      },
    },
    problems: READ_PROBLEMS,
  },
  async ({ context, params }, deps) => {
    const coordinator = asReader(coordinatorOf(context, deps, params.ns));
    const { headers } = await documentsLoad(coordinator, SCHEMAS);
    const schemas = await schemasLoad(coordinator);
    return jsonResponse({ revision: Number(headers["synod-revision"]), schemas }, headers);
  },
);

export const schemaDeleteRoute = route(
  {
    method: "delete",
    path: "/v1/{ns}/schemas/{prefix}",
    operationId: "schemaDelete",
    summary: "Guard a prefix no longer; that nothing did is no error",
    params: ONE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    responses: { 200: written },
    problems: WRITE_PROBLEMS,
  },
  async ({ context, params, headers }, deps) => {
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: { kind: "delete", key: systemKey(`${SCHEMAS}${params.prefix}`) },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    if (answer.result.kind !== "delete" && answer.result.kind !== "applied-before") throw unexpected(answer.result);
    return jsonResponse({ revision: answer.result.revision, prefix: params.prefix }, answer.headers);
  },
);
