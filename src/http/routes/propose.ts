import { z } from "zod";
import { VALUE_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { bodyBytes } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { read, unexpected, write } from "../outcome.ts";
import { Consistency, Key, MinRevision } from "../parameters.ts";
import { route } from "../route.ts";
import {
  BYTES,
  CONTENT_HEADERS,
  IN_NAMESPACE,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITTEN_HEADERS,
} from "../schemas.ts";
import { valueResponse } from "../value.ts";

const SLOT_HEADER = {
  "synod-slot": { description: "The slot of the log in which it was chosen", schema: { type: "integer" as const } },
};
const WON_HEADER = {
  "synod-won": {
    description: "`true` when the chosen value is the one proposed by this very request",
    schema: { type: "boolean" as const },
  },
};

export const proposeRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/propose/{key}",
    operationId: "propose",
    summary: "Propose a value: the first is chosen for ever, and everyone is told the chosen one",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: NONE,
    headers: z.object({ ...WRITE_HEADERS, ...CONTENT_HEADERS }),
    body: BYTES,
    responses: {
      200: {
        description: "The chosen value, somebody else's",
        headers: { ...WRITTEN_HEADERS, ...WON_HEADER, ...SLOT_HEADER },
        ...BYTES,
      },
      201: {
        description: "The chosen value, yours",
        headers: { ...WRITTEN_HEADERS, ...WON_HEADER, ...SLOT_HEADER },
        ...BYTES,
      },
    },
    problems: [
      "expired",
      "idempotency-key-reused",
      "upgrading",
      "too-large",
      "unsupported-media-type",
      "overloaded",
      "no-quorum",
      "outcome-unknown",
    ],
  },
  async ({ context, request, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const value = await bodyBytes(request, VALUE_BYTES_MAX);
    const contentType = headers["content-type"];
    const requestId = headers["idempotency-key"] ?? deps.freshRequestId();
    const answer = await write(coordinator, {
      op: { kind: "propose", key: params.key, value, ...(contentType === undefined ? {} : { contentType }) },
      requestId,
    });
    const { result } = answer;
    // The value is large, and so are those of others that came with it.
    if (result.kind === "applied-before") {
      const detail = "Retry with the request_id as Idempotency-Key for the chosen value.";
      throw new ProblemError("outcome-unknown", detail, { request_id: requestId }, answer.headers);
    }
    if (result.kind !== "propose") throw unexpected(result);
    const more = { ...answer.headers, "synod-won": `${result.won}`, "synod-slot": `${result.slot}` };
    return valueResponse(result.value, result.contentType, more, result.won ? 201 : 200);
  },
);

export const proposalRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/propose/{key}",
    operationId: "proposal",
    summary: "Read the chosen value of a write-once key",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: z.strictObject({ consistency: Consistency.optional(), min_revision: MinRevision.optional() }),
    headers: z.object({}),
    responses: {
      200: { description: "The chosen value", headers: { ...READ_HEADERS, ...SLOT_HEADER }, ...BYTES },
    },
    problems: [...READ_PROBLEMS, "not-found", "too-large"],
  },
  async ({ context, params, query }, deps) => {
    const answer = await read(coordinatorOf(context, deps, params.ns), {
      query: { kind: "proposal", key: params.key },
      consistency: query.consistency ?? "linearizable",
      minRevision: query.min_revision,
    });
    if (answer.result.kind !== "proposal") throw unexpected(answer.result);
    const { revision, chosen } = answer.result;
    if (chosen === undefined) {
      throw new ProblemError("not-found", "no value has been chosen yet", { revision }, answer.headers);
    }
    return valueResponse(chosen.value, chosen.contentType, { ...answer.headers, "synod-slot": `${chosen.slot}` });
  },
);
