import { z } from "zod";
import { prefixRange } from "../../api/key-range.ts";
import type { KeyValue, Revision } from "../../api/key-value.ts";
import { RELEASE_BYTES_MAX, ReleaseInput as ReleaseJson } from "../../api/release.ts";
import { PlanAnswer, ReleaseAnswer, ReleasesAnswer, StagedAnswer } from "../../api/release-answer.ts";
import { RELEASE_STATES } from "../../api/release-state.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { withNeeds } from "../../node/coordinate/with-needs.ts";
import { ACTIVE, RELEASES, releaseKey, releaseOf } from "../../rollout/documents.ts";
import { bytesOfKey } from "../../rollout/operations.ts";
import { diffOf, targetsPerStage } from "../../rollout/plan.ts";
import { systemPath } from "../../state/system-space.ts";
import { bodyJson } from "../body.ts";
import { callerRegion, coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { Prefix, ReleaseId, Revision as RevisionText } from "../parameters.ts";
import { releaseJson, releaseResponse } from "../releases/answer.ts";
import { asReader, changeKey, releaserOf } from "../releases/asker.ts";
import { releaseCreate, saltOf } from "../releases/create.ts";
import { documentsLoad, keyLoad, type Loaded, releaseLoad, stagedLoad } from "../releases/load.ts";
import { draftOf } from "../releases/make.ts";
import { route } from "../route.ts";
import {
  ETAG_HEADER,
  IN_NAMESPACE,
  JSON_WRITE_PROBLEMS,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

/** A release's values, at most, with room for how they are written. */
const BODY_BYTES_MAX = 2 * RELEASE_BYTES_MAX;
const TARGETS_MAX = 10_000;

const PlanJson = ReleaseJson.extend({
  targets: z
    .array(z.string())
    .max(TARGETS_MAX)
    .optional()
    .meta({ description: "Targets that are known: it is counted how many of them each stage exposes" }),
});

export const releasePlanRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/releases:plan",
    operationId: "releasePlan",
    summary: "What a release would change, and what a person should look at twice; changes nothing",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: PlanJson } } },
    responses: {
      200: { description: "The plan", headers: READ_HEADERS, content: { "application/json": { schema: PlanAnswer } } },
    },
    problems: [...READ_PROBLEMS, "too-large", "not-found", "unsupported-media-type"],
  },
  async ({ context, request, params }, deps) => {
    const { targets = [], ...input } = await bodyJson(request, PlanJson, BODY_BYTES_MAX);
    const keys = input.changes.map(changeKey);
    const { coordinator } = await releaserOf(context, coordinatorOf(context, deps, params.ns), keys);
    const draft = await draftOf(coordinator, input);
    const { headers } = await documentsLoad(coordinator, ACTIVE);
    const { made, findings, held, digest, strategy } = draft;
    const salt = input.salt ?? saltOf(digest);
    const plan = {
      revision: Number(headers["synod-revision"]),
      diff: made.map((one) => diffOf(one.plan)),
      findings,
      conflicts: held,
      digest,
      strategy,
      stages: targetsPerStage(strategy, salt, targets),
    };
    return jsonResponse(plan, headers);
  },
);

export const releaseCreateRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/releases",
    operationId: "releaseCreate",
    summary: "Make a release of one or many keys; it takes them until it ends, and shows nothing before it is started",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: ReleaseJson } } },
    responses: {
      201: {
        description: "The release, validated unless it is a draft",
        headers: { ...WRITTEN_HEADERS, ...ETAG_HEADER },
        content: { "application/json": { schema: ReleaseAnswer } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "not-found", "release-in-progress", "release-conflicted", "validation-failed"],
  },
  async ({ context, request, params, headers }, deps) => {
    const input = await bodyJson(request, ReleaseJson, BODY_BYTES_MAX);
    const keys = input.changes.map(changeKey);
    const { coordinator, asker } = await releaserOf(context, coordinatorOf(context, deps, params.ns), keys);
    const requestId = headers["idempotency-key"] ?? deps.freshRequestId();
    const made = await releaseCreate(coordinator, input, { requestId, asker, nowMs: Date.now() });
    return releaseResponse(made, made.headers, 201);
  },
);

export const releaseListRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/releases",
    operationId: "releaseList",
    summary: "List releases, the newest first",
    params: IN_NAMESPACE,
    query: z.strictObject({
      state: z
        .enum([...RELEASE_STATES, "active"])
        .optional()
        .meta({ description: "Only those in this state; active: those that have not ended" }),
      at: RevisionText.meta({ description: "As they were at this revision; the newest when absent" }).optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "At most a thousand",
        headers: READ_HEADERS,
        content: { "application/json": { schema: ReleasesAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "compacted"],
  },
  async ({ context, request, params, query }, deps) => {
    const coordinator = asReader(coordinatorOf(context, deps, params.ns));
    const { state, at } = query;
    const { value, headers } = await documentsLoad(coordinator, state === "active" ? ACTIVE : RELEASES, at);
    const loaded =
      state === "active" ? await activeLoad(coordinator, value, at) : value.flatMap((kv) => releaseOf(kv) ?? []);
    const found = loaded
      .filter(({ release }) => state === undefined || state === "active" || release.state === state)
      .toSorted((a, b) => b.release.created_ms - a.release.created_ms)
      .map((one) => releaseJson(one, headers));
    const revision = at ?? Number(headers["synod-revision"]);
    return jsonResponse({ revision, region: callerRegion(request, deps), releases: found }, headers);
  },
);

/** The releases that documents under `ACTIVE` name: however many have ended, these are few. */
async function activeLoad(
  coordinator: Coordinator,
  active: readonly KeyValue[],
  at: Revision | undefined,
): Promise<readonly Loaded[]> {
  const found = await Promise.all(
    active.map(({ key }) => keyLoad(coordinator, releaseKey(systemPath(key).slice(ACTIVE.length)), at)),
  );
  return found.flatMap(({ value }) => (value === undefined ? [] : (releaseOf(value) ?? [])));
}

export const releaseGetRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/releases/{id}",
    operationId: "releaseGet",
    summary: "Read a release: its state, its stage, and what the last transition was decided on",
    params: IN_NAMESPACE.extend({ id: ReleaseId }),
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "The release; its ETag is the step that a transition names in If-Match",
        headers: { ...READ_HEADERS, ...ETAG_HEADER },
        content: { "application/json": { schema: ReleaseAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "not-found"],
  },
  async ({ context, params }, deps) => {
    const { value, headers } = await releaseLoad(asReader(coordinatorOf(context, deps, params.ns)), params.id);
    return releaseResponse(value, headers);
  },
);

export const releaseStagedRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/releases/{id}/staged",
    operationId: "releaseStaged",
    summary: "The values that a release stages, of the keys that begin with a prefix; they never change",
    params: IN_NAMESPACE.extend({ id: ReleaseId }),
    query: z.strictObject({ prefix: Prefix.meta({ description: "Of the keys; empty means all" }) }),
    headers: z.object({}),
    responses: {
      200: {
        description: "A change without a value deletes its key",
        headers: READ_HEADERS,
        content: { "application/json": { schema: StagedAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "not-found"],
  },
  async ({ context, params, query }, deps) => {
    // Whoever may read the keys may know what a release makes of them.
    const range = prefixRange(query.prefix);
    const reader = withNeeds(coordinatorOf(context, deps, params.ns), [{ verb: "read", ...range }]);
    const { headers } = await releaseLoad(reader, params.id);
    const staged = await stagedLoad(reader, params.id);
    const under = startsWith(query.prefix);
    const changes = staged.filter((change) => under(bytesOfKey(change)));
    return jsonResponse({ revision: Number(headers["synod-revision"]), id: params.id, changes }, headers);
  },
);

/** Whether a key begins with a prefix. */
function startsWith(prefix: Uint8Array): (key: Uint8Array) => boolean {
  return (key) => key.length >= prefix.length && prefix.every((byte, index) => key[index] === byte);
}
