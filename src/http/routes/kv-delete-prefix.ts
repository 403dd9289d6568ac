import { z } from "zod";
import { DeleteAnswer } from "../../api/answer.ts";
import { prefixRange } from "../../api/key-range.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { Prefix } from "../parameters.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, WRITE_HEADERS, WRITE_PROBLEMS, WRITTEN_HEADERS } from "../schemas.ts";

export const deletePrefixRoute = route(
  {
    method: "delete",
    path: "/v1/{ns}/kv",
    operationId: "deletePrefix",
    summary: "Delete every key that begins with a prefix, as one revision",
    params: IN_NAMESPACE,
    // Named, even when it is empty: nobody should delete everything by leaving something out.
    query: z.strictObject({ prefix: Prefix }),
    headers: z.object(WRITE_HEADERS),
    responses: {
      200: {
        description: "No such key exists any more",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: DeleteAnswer } },
      },
    },
    problems: WRITE_PROBLEMS,
  },
  async ({ context, params, query, headers }, deps) => {
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op: { kind: "delete", ...prefixRange(query.prefix) },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    const { result } = answer;
    if (result.kind !== "delete" && result.kind !== "applied-before") throw unexpected(result);
    const deleted = result.kind === "delete" ? { deleted: result.deleted } : {};
    return jsonResponse({ revision: result.revision, ...deleted }, answer.headers);
  },
);
