import { z } from "zod";
import { keyToJson, valueToJson } from "../../api/readable.ts";
import { EffectiveAnswer } from "../../api/release-answer.ts";
import { withNeeds } from "../../node/coordinate/with-needs.ts";
import type { Effective } from "../../rollout/effective.ts";
import { callerRegion, coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { read, unexpected } from "../outcome.ts";
import { Key, Revision, TargetContext, TargetKey } from "../parameters.ts";
import { effectiveLoad, releaseHeader } from "../releases/overlays.ts";
import { targetOf } from "../releases/target.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, READ_HEADERS, READ_PROBLEMS } from "../schemas.ts";

export const effectiveRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/effective/{key}",
    operationId: "effective",
    summary: "What a target sees for a key, and which rule decided it; at a revision, what it was shown then",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: z.strictObject({
      target: TargetKey,
      context: TargetContext.optional(),
      at: Revision.meta({ description: "The revision to look at; the newest when absent" }).optional(),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "As the log prescribes it; a client that lost its connection may be on its fuse",
        headers: READ_HEADERS,
        content: { "application/json": { schema: EffectiveAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "compacted"],
  },
  async ({ context, request, params, query }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const at = query.at === undefined ? {} : { revision: query.at };
    const asked = { kind: "range", key: params.key, ...at } as const;
    const { result, headers } = await read(coordinator, { query: asked, consistency: "linearizable" });
    if (result.kind !== "range") throw unexpected(result);
    const revision = query.at ?? result.revision;
    const named = keyToJson(params.key);
    const target = targetOf(query.target, query.context, callerRegion(request, deps));
    // Whoever may read the key may know what a release makes of it.
    const reader = withNeeds(coordinator, [{ verb: "read", key: params.key }]);
    const effective = await effectiveLoad(reader, revision, named, target);
    const [kv] = result.kvs;
    const base = kv === undefined ? { value: null } : { ...valueToJson(kv.value), content_type: kv.contentType };
    const { change, release, exposed, bucket, source } = effective;
    const { key: _, key_encoding: __, value = null, ...typed } = change ?? { key: "" };
    const shown = source === "base" ? base : { value, ...typed };
    const answer = {
      revision,
      key: named.key,
      source,
      ...shown,
      mod_revision: kv?.modRevision ?? 0,
      exposed,
      release,
      bucket,
      rule: ruleOf(effective),
    };
    return jsonResponse(answer, { ...headers, ...releaseHeader(effective) });
  },
);

function ruleOf({ release, exposed, by, bucket }: Effective): string {
  if (release === undefined) return "no release holds the key";
  if (!exposed) return `no stage up to ${release.stage ?? "the bake"} lets bucket ${bucket} in`;
  return by === null || by === undefined
    ? "the release bakes: everybody sees it"
    : `stage ${by} lets bucket ${bucket} in`;
}
