import { z } from "zod";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { REASON_CHARS_MAX, type Release } from "../../api/release.ts";
import { ReleaseAnswer } from "../../api/release-answer.ts";
import { bytesOfKey } from "../../rollout/operations.ts";
import { bodyBytes, bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import type { Etags } from "../etag.ts";
import { Etags as EtagsHeader, ReleaseId } from "../parameters.ts";
import { releaseResponse } from "../releases/answer.ts";
import { asReader, releaserOf } from "../releases/asker.ts";
import { type Ask, releaseChange } from "../releases/change.ts";
import { releaseLoad } from "../releases/load.ts";
import { releaseRevert } from "../releases/revert.ts";
import { route } from "../route.ts";
import { ETAG_HEADER, IN_NAMESPACE, JSON_WRITE_PROBLEMS, NONE, WRITE_HEADERS, WRITTEN_HEADERS } from "../schemas.ts";

const ACTIONS = [
  "validate",
  "approve",
  "reject",
  "schedule",
  "start",
  "advance",
  "complete",
  "pause",
  "resume",
  "rollback",
  "revert",
  "cancel",
] as const;
type Action = (typeof ACTIONS)[number];

/** These never wait for the newest step: who stops something must not lose against who goes on. */
const STOPPING: readonly Action[] = ["pause", "rollback", "cancel"];

const TransitionJson = z.strictObject({
  reason: z.string().max(REASON_CHARS_MAX).optional(),
  digest: z
    .string()
    .optional()
    .meta({ description: "approve: of the values that are approved; those there are, when absent" }),
  start_at: z.iso.datetime({ offset: true }).optional().meta({ description: "schedule: when it starts by itself" }),
});
type TransitionJson = z.output<typeof TransitionJson>;

export const releaseTransitionRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/releases/{id}/{action}",
    operationId: "releaseTransition",
    summary: "Take a release to its next state, from the step that If-Match names",
    params: IN_NAMESPACE.extend({ id: ReleaseId, action: z.enum(ACTIONS) }),
    query: NONE,
    headers: z.object({ ...WRITE_HEADERS, "if-match": EtagsHeader.optional() }),
    body: { content: { "application/json": { schema: TransitionJson } } },
    responses: {
      200: {
        description: "The release after it; of a revert, the new release with the inverse changes",
        headers: { ...WRITTEN_HEADERS, ...ETAG_HEADER },
        content: { "application/json": { schema: ReleaseAnswer } },
      },
    },
    problems: [
      ...JSON_WRITE_PROBLEMS,
      "forbidden",
      "not-found",
      "precondition-failed",
      "release-state",
      "release-frozen",
      "release-conflicted",
      "release-in-progress",
      "validation-failed",
      "compacted",
    ],
  },
  async ({ context, request, params, headers }, deps) => {
    const namespace = coordinatorOf(context, deps, params.ns);
    const body = await bodyOf(request);
    const requestId = headers["idempotency-key"] ?? deps.freshRequestId();
    const { id, action } = params;
    const { value: loaded } = await releaseLoad(asReader(namespace), id);
    const { asker, coordinator } = await releaserOf(context, namespace, loaded.release.changes.map(bytesOfKey));
    const by = { id, asker, requestId, nowMs: Date.now(), step: stepOf(headers["if-match"], action) };
    const changed =
      action === "revert"
        ? await releaseRevert(coordinator, by, body.reason)
        : await releaseChange(coordinator, { ...by, event: (release) => eventOf(action, body, release) });
    return releaseResponse(changed, changed.headers);
  },
);

/** A transition needs no body. */
async function bodyOf(request: Request): Promise<TransitionJson> {
  const bytes = await bodyBytes(request, CONFIG_BYTES_MAX);
  if (bytes.length === 0) return {};
  return bodyJson(new Request(request.url, { method: "POST", body: bytes.slice() }), TransitionJson, CONFIG_BYTES_MAX);
}

function stepOf(ifMatch: Etags | undefined, action: Action): number | undefined {
  if (ifMatch === undefined && STOPPING.includes(action)) return undefined;
  if (ifMatch === "*") return undefined;
  const step = Number(/^"(\d+)"$/.exec(ifMatch?.[0] ?? "")?.[1]);
  if (ifMatch?.length === 1 && Number.isSafeInteger(step)) return step;
  const detail = `header if-match: send the step of the release that you saw, as "17"; * goes on from any`;
  throw new ProblemError("invalid-request", detail, { parameter: "if-match" });
}

function eventOf(
  action: Exclude<Action, "revert">,
  { reason, digest, start_at: startAt }: TransitionJson,
  release: Release,
): ReturnType<Ask["event"]> {
  switch (action) {
    case "approve":
      return { kind: action, digest: digest ?? release.digest, reason };
    case "schedule":
      if (startAt === undefined) {
        throw new ProblemError("invalid-request", "body start_at: missing", { parameter: "start_at" });
      }
      return { kind: action, startAtMs: Date.parse(startAt) };
    case "validate":
    case "start":
    case "advance":
    case "complete":
    case "pause":
    case "rollback":
    case "reject":
    case "resume":
    case "cancel":
      return { kind: action, reason };
  }
}
