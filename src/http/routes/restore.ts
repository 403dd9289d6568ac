import { z } from "zod";
import { RestoreAnswer } from "../../api/answer.ts";
import { TXN_BODY_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { bytesOfLine, LeaseLine, ProposalLine, VersionLine } from "../../backup/format.ts";
import type { RestoredVersion, RestoreOp } from "../../state/ops/restore.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, JSON_WRITE_PROBLEMS, NONE, WRITE_HEADERS, WRITTEN_HEADERS } from "../schemas.ts";

const whole = z.int().nonnegative();
const restore = z.string().min(1).max(128).meta({ description: "Names the restore: all its steps have the same" });

const RestoreJson = z.discriminatedUnion("step", [
  z.strictObject({
    step: z.literal("begin"),
    restore,
    revision: whole.meta({ description: "The last revision that is known of what was backed up" }),
  }),
  z.strictObject({
    step: z.literal("chunk"),
    restore,
    index: whole,
    versions: z.array(VersionLine).meta({ description: "Lines of a backup, in the order of their ids" }),
    leases: z.array(LeaseLine),
    proposals: z.array(ProposalLine),
  }),
  z.strictObject({
    step: z.literal("end"),
    restore,
    chunks: whole,
    content: z.string().meta({ description: "The content digest of all that was sent" }),
  }),
]);
type RestoreJson = z.infer<typeof RestoreJson>;

export const restoreRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/restore",
    operationId: "restore",
    summary: "A step of restoring a backup into a fresh namespace; until the last one clients are refused",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: RestoreJson } } },
    responses: {
      200: {
        description: "It was done, now or before",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: RestoreAnswer } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "restore-conflict"],
  },
  async ({ context, request, params, headers }, deps) => {
    const op = opOf(await bodyJson(request, RestoreJson, TXN_BODY_BYTES_MAX));
    const answer = await write(coordinatorOf(context, deps, params.ns), {
      op,
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    const { result } = answer;
    if (result.kind !== "restore") throw unexpected(result);
    return jsonResponse({ revision: result.revision, next: result.next }, answer.headers);
  },
);

function opOf(json: RestoreJson): RestoreOp {
  const own = { kind: "restore", restore: json.restore } as const;
  switch (json.step) {
    case "begin":
      return { ...own, step: { kind: "begin", revision: json.revision } };
    case "end":
      return { ...own, step: { kind: "end", chunks: json.chunks, content: json.content } };
    case "chunk": {
      const { index, versions, leases, proposals } = json;
      const chunk = {
        versions: versions.map(versionOf),
        leases: leases.map(({ id, ttl }) => ({ lease: id, ttl })),
        proposals: proposals.map((line) => ({
          ...bytesOf(line),
          type: line.content_type ?? null,
          request: line.request,
        })),
      };
      return { ...own, step: { kind: "chunk", index, ...chunk } };
    }
  }
}

function versionOf(line: z.infer<typeof VersionLine>): RestoredVersion {
  const { id, content_type, create_revision, version, lease = null, actor = null, time = null } = line;
  const { key, value } = bytesOf(line);
  return { id, key, created: create_revision, version, lease, type: content_type ?? null, actor, time, value };
}

function bytesOf(line: Parameters<typeof bytesOfLine>[0]): ReturnType<typeof bytesOfLine> {
  try {
    return bytesOfLine(line);
  } catch (error) {
    throw new ProblemError("invalid-request", String(error instanceof Error ? error.message : error));
  }
}
