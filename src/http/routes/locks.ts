import type { Context } from "hono";
import { z } from "zod";
import { LeaseAnswer, LockAnswer, LockReleaseAnswer, LockStateAnswer } from "../../api/answer.ts";
import type { KeyValue } from "../../api/key-value.ts";
import { ProblemError } from "../../api/problem.ts";
import { keyToJson } from "../../api/readable.ts";
import { coordinatorOf } from "../caller.ts";
import type { AppDeps } from "../deps.ts";
import { jsonResponse } from "../json.ts";
import { type LockCaller, lockAcquire, lockStore } from "../lock.ts";
import { unexpected, write } from "../outcome.ts";
import { FencingToken, QueueName, Ttl, WaitMs } from "../parameters.ts";
import { placeAt, placeFirst, placeLeave } from "../queue.ts";
import { route } from "../route.ts";
import {
  IN_NAMESPACE,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITE_PROBLEMS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

/** Seconds, when the caller names none: what the client's locks have, too. */
const TTL_S = 15;

const ONE_LOCK = IN_NAMESPACE.extend({ name: QueueName });
const ONE_HOLDER = ONE_LOCK.extend({ token: FencingToken });

export const lockRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/locks/{name}",
    operationId: "lock",
    summary:
      "Acquire a lock, in line with holders and waiters of every other interface. Keep it alive, or it is lost after " +
      "its time to live; pass the token on with every write that the lock protects",
    params: ONE_LOCK,
    query: z.strictObject({
      ttl: Ttl.meta({
        description: `Seconds that the lock outlives its holder's last sign of life; ${TTL_S} when absent`,
      }).optional(),
      wait_ms: WaitMs.optional(),
    }),
    headers: z.object(WRITE_HEADERS),
    responses: {
      200: {
        description: "The lock is held, by whoever has the token",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: LockAnswer } },
      },
    },
    problems: [...WRITE_PROBLEMS, "lock-held", "lease-not-found"],
  },
  async ({ context, params, query, headers }, deps) => {
    const held = await lockAcquire(lockCaller(context, deps, params.ns), {
      name: params.name,
      ttl: query.ttl ?? TTL_S,
      waitMs: query.wait_ms ?? 0,
      requestId: headers["idempotency-key"],
    });
    const { place, revision, ttl } = held;
    const { lease, revision: token } = place;
    return jsonResponse({ revision, token, lease, ...keyToJson(place.key), ttl }, held.headers);
  },
);

export const lockStateRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/locks/{name}",
    operationId: "lockState",
    summary: "Read who holds a lock, and how many wait for it",
    params: ONE_LOCK,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "The lock",
        headers: READ_HEADERS,
        content: { "application/json": { schema: LockStateAnswer } },
      },
    },
    problems: READ_PROBLEMS,
  },
  async ({ context, params }, deps) => {
    const { kv, revision, count } = await placeFirst(lockStore(lockCaller(context, deps, params.ns)), params.name);
    const waiting = Math.max(0, count - 1);
    const holder = kv === undefined ? {} : { holder: placeJson(kv) };
    return jsonResponse({ revision, held: kv !== undefined, ...holder, waiting }, { "synod-revision": `${revision}` });
  },
);

export const lockKeepAliveRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/locks/{name}/{token}/keep-alive",
    operationId: "lockKeepAlive",
    summary: "Hold a lock for its whole time to live again",
    params: ONE_HOLDER,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    responses: {
      200: {
        description: "It is still held; its time begins anew",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: LeaseAnswer } },
      },
    },
    problems: [...WRITE_PROBLEMS, "lease-not-found"],
  },
  async ({ context, params, headers }, deps) => {
    const caller = lockCaller(context, deps, params.ns);
    const store = lockStore(caller);
    const { kv } = await placeAt(store, params.name, params.token);
    if (kv === undefined) throw store.error("lost");
    if (kv.lease === "0") throw new ProblemError("lease-not-found", "it has no lease: it is held until it is released");
    const answer = await write(caller.coordinator, {
      op: { kind: "lease-keep-alive", lease: kv.lease },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    const { result } = answer;
    if (result.kind !== "lease-keep-alive") throw unexpected(result);
    return jsonResponse({ revision: result.revision, id: result.lease, ttl: result.ttl }, answer.headers);
  },
);

export const lockReleaseRoute = route(
  {
    method: "delete",
    path: "/v1/{ns}/locks/{name}/{token}",
    operationId: "lockRelease",
    summary: "Release a lock, or leave the line for it; that it was lost before is no error",
    params: ONE_HOLDER,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "Nobody holds it under this token",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: LockReleaseAnswer } },
      },
    },
    problems: WRITE_PROBLEMS,
  },
  async ({ context, params }, deps) => {
    const store = lockStore(lockCaller(context, deps, params.ns));
    const { kv, revision } = await placeAt(store, params.name, params.token);
    if (kv === undefined) return jsonResponse({ revision, released: false }, { "synod-revision": `${revision}` });
    const left = await placeLeave(store, kv.key, params.token);
    return jsonResponse({ revision: left.revision, released: left.succeeded }, store.headers);
  },
);

function placeJson({ key, createRevision: token, lease }: KeyValue) {
  return { token, ...(lease === "0" ? {} : { lease }), ...keyToJson(key) };
}

function lockCaller(context: Context, deps: AppDeps, namespace: string): LockCaller {
  return {
    coordinator: coordinatorOf(context, deps, namespace),
    signal: context.req.raw.signal,
    freshRequestId: () => deps.freshRequestId(),
    background: (work) => context.executionCtx.waitUntil(work),
  };
}
