import { z } from "zod";
import type { KeyValue } from "../../api/key-value.ts";
import { ProblemError } from "../../api/problem.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { withNeeds } from "../../node/coordinate/with-needs.ts";
import { callerRegion, coordinatorOf } from "../caller.ts";
import { type ChangeWaited, changeWait } from "../change-wait.ts";
import { etag, etagsName, notModified } from "../etag.ts";
import { read, unexpected } from "../outcome.ts";
import {
  Consistency,
  Etags,
  Key,
  MinRevision,
  Revision,
  Since,
  TargetContext,
  TargetKey,
  Wait,
} from "../parameters.ts";
import { stagedRead } from "../releases/staged.ts";
import { targetOf } from "../releases/target.ts";
import { route } from "../route.ts";
import { BYTES, ETAG_HEADER, IN_NAMESPACE, KEY_HEADERS, READ_HEADERS, READ_PROBLEMS } from "../schemas.ts";
import { valueResponse } from "../value.ts";

export const getRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/kv/{key}",
    operationId: "get",
    summary: "Read a key: the answer's body is the value as it was written",
    params: IN_NAMESPACE.extend({ key: Key }),
    query: z.strictObject({
      consistency: Consistency.optional(),
      min_revision: MinRevision.optional(),
      revision: Revision.optional(),
      wait: Wait.optional(),
      since: Since.optional(),
      target: TargetKey.optional(),
      context: TargetContext.optional(),
    }),
    headers: z.object({ "if-match": Etags.optional(), "if-none-match": Etags.optional() }),
    responses: {
      200: {
        description: "The value, with its media type",
        headers: { ...READ_HEADERS, ...ETAG_HEADER, ...KEY_HEADERS },
        ...BYTES,
      },
      304: {
        description:
          "The key is still at the revision of If-None-Match; or, with wait, it did not change up to synod-revision, " +
          "which is the `since` to go on with",
        headers: { ...READ_HEADERS, ...ETAG_HEADER, ...KEY_HEADERS },
      },
    },
    problems: [...READ_PROBLEMS, "not-found", "compacted", "precondition-failed", "too-large"],
  },
  async ({ context, request, params, query, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    const waited = query.wait === undefined ? undefined : await change(coordinator, request, params.key, query);
    if (waited?.changed === false) return unchanged(waited.revision);
    const answer = await read(coordinator, {
      query: { kind: "range", key: params.key, ...(query.revision === undefined ? {} : { revision: query.revision }) },
      // A state that has the change is new enough, whoever has it.
      consistency: waited === undefined ? (query.consistency ?? "linearizable") : "local",
      minRevision: waited?.revision ?? query.min_revision,
    });
    if (answer.result.kind !== "range") throw unexpected(answer.result);
    const { revision, kvs } = answer.result;
    const found = { revision: query.revision ?? revision, key: params.key, headers: answer.headers };
    const shown =
      query.target === undefined
        ? undefined
        : await stagedRead(
            withNeeds(coordinator, [{ verb: "read", key: params.key }]),
            found,
            targetOf(query.target, query.context, callerRegion(request, deps)),
          );
    if (shown?.response !== undefined) return shown.response;
    const told = { ...answer.headers, ...shown?.headers };
    const [kv] = kvs;
    if (kv === undefined) throw new ProblemError("not-found", "there is no such key", { revision }, told);

    const tagged = { ...told, etag: etag(kv.modRevision), ...keyHeaders(kv) };
    const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = headers;
    if (ifMatch !== undefined && !etagsName(ifMatch, tagged.etag)) {
      const more = { revision, mod_revision: kv.modRevision };
      throw new ProblemError("precondition-failed", "the key is at another revision", more, tagged);
    }
    const whole = valueResponse(kv.value, kv.contentType, tagged);
    return ifNoneMatch !== undefined && etagsName(ifNoneMatch, tagged.etag) ? notModified(whole) : whole;
  },
);

/** What a body of bytes has no room for. */
function keyHeaders(kv: KeyValue): Readonly<Record<string, string>> {
  const { version, createRevision, lease, actor, time } = kv;
  return {
    "synod-version": `${version}`,
    "synod-create-revision": `${createRevision}`,
    ...(lease === "0" ? {} : { "synod-lease": lease }),
    ...(actor === undefined ? {} : { "synod-actor": encodeURIComponent(actor) }),
    ...(time === undefined ? {} : { "synod-time": new Date(time).toISOString() }),
  };
}

async function change(
  coordinator: Coordinator,
  request: Request,
  key: Uint8Array,
  query: {
    readonly wait?: number | undefined;
    readonly since?: number | undefined;
    readonly revision?: number | undefined;
  },
): Promise<ChangeWaited> {
  if (query.revision !== undefined) {
    throw new ProblemError("invalid-request", "query wait: a revision does not change", { parameter: "wait" });
  }
  const waited = await changeWait(coordinator, { key, since: query.since, waitMs: query.wait ?? 0 }, request.signal);
  if (waited !== undefined) return waited;
  throw new ProblemError("no-quorum", "no learner of this namespace can be reached", {}, { "retry-after": "1" });
}

function unchanged(revision: number): Response {
  const headers = { "synod-revision": `${revision}`, "synod-path": "local; trips=0", "cache-control": "no-store" };
  return new Response(null, { status: 304, headers });
}
