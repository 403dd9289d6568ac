import { z } from "zod";
import { TXN_BODY_BYTES_MAX } from "../../api/limits.ts";
import { TxnAnswer, TxnJson } from "../../api/txn-json.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, JSON_WRITE_PROBLEMS, NONE, WRITE_HEADERS, WRITTEN_HEADERS } from "../schemas.ts";
import { txnResultsToJson } from "../txn-answer.ts";
import { txnParse } from "../txn-parse.ts";

export const txnRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/txn",
    operationId: "txn",
    summary: "Compare, then do one of two lists of operations; all of it at one moment, and as one revision",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: TxnJson } } },
    responses: {
      200: {
        description: "It was done; `succeeded` tells which list",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: TxnAnswer } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "compacted", "future-revision", "lease-not-found", "not-found"],
  },
  async ({ context, request, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const op = txnParse(await bodyJson(request, TxnJson, TXN_BODY_BYTES_MAX));
    const answer = await write(coordinator, { op, requestId: headers["idempotency-key"] ?? deps.freshRequestId() });
    const { result } = answer;
    if (result.kind !== "txn" && result.kind !== "applied-before") throw unexpected(result);
    const { revision } = result;
    const done = result.kind === "txn" ? { succeeded: result.succeeded, results: txnResultsToJson(op, result) } : {};
    return jsonResponse({ revision, ...done }, answer.headers);
  },
);
