import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { utf8Encode } from "../api/bytes.ts";
import type { LeaseId, Revision } from "../api/key-value.ts";
import { leaseIdFrom } from "../api/lease-id.ts";
import { ProblemError } from "../api/problem.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import { type AnswerHeaders, read, unexpected, write } from "./outcome.ts";
import { type Place, placeTake, placeTakeFirst, placeWait, type QueueFault, type QueueStore } from "./queue.ts";

/** Part of the time to live after which a waiter's lease is renewed. */
const RENEW_SHARE = 1 / 3;

/** On whose behalf a lock is acquired, looked at or released. */
export interface LockCaller {
  readonly coordinator: Coordinator;
  /** Aborts when the caller has gone away. */
  readonly signal: AbortSignal;
  readonly freshRequestId: () => string;
  /** Lets `work` go on after the answer has left. */
  readonly background: (work: Promise<unknown>) => void;
}

/** A lock as it is asked for. */
export interface LockAsked {
  readonly name: Uint8Array;
  /** Seconds that the lock outlives its holder's last sign of life. */
  readonly ttl: number;
  /** 0: at once or not at all. */
  readonly waitMs: number;
  /** Given by the caller, who may have sent the same before. */
  readonly requestId?: string | undefined;
}

export interface LockHeld {
  readonly place: Place;
  readonly revision: Revision;
  /** Seconds, as granted. */
  readonly ttl: number;
  readonly headers: AnswerHeaders;
}

/** The store for the queue of a lock. Transactions have the caller's request id and its request's fingerprint. */
export function lockStore(
  { coordinator, signal, freshRequestId }: LockCaller,
  { requestId = freshRequestId(), print }: { readonly requestId?: string | undefined; readonly print?: object } = {},
): QueueStore & { readonly headers: AnswerHeaders } {
  const store = {
    coordinator,
    signal,
    /** Of the last transaction's answer. */
    headers: {} as AnswerHeaders,
    txn: async (op: Parameters<QueueStore["txn"]>[0]) => {
      const { result, headers } = await write(coordinator, { op, requestId }, print);
      store.headers = headers;
      if (result.kind === "txn") return result;
      // So long past that its result is not kept any more.
      throw result.kind === "applied-before" ? faultProblem("lost") : unexpected(result);
    },
    range: async (query: Parameters<QueueStore["range"]>[0]) => {
      const { result } = await read(coordinator, { query, consistency: "linearizable" });
      if (result.kind !== "range") throw unexpected(result);
      return result;
    },
    error: faultProblem,
  };
  return store;
}

/**
 * Acquires a lock under a lease of its own, whose id follows from the request's, so that a repeat has the same place.
 * When the time is over or the caller is gone, the place is given up; after any other failure it stays as long as its
 * lease, and a repeat goes on from it.
 */
export async function lockAcquire(caller: LockCaller, asked: LockAsked): Promise<LockHeld> {
  const { name, waitMs } = asked;
  const requestId = asked.requestId ?? caller.freshRequestId();
  const print = { kind: "lock", name, ttl: asked.ttl, waits: waitMs > 0 };
  const store = lockStore(caller, { requestId, print });
  const lease = leaseIdFrom(bytesToHex(sha256(utf8Encode(`lock ${requestId}`))));
  const grant = { op: { kind: "lease-grant", lease, ttl: asked.ttl }, requestId: `${requestId} lease` } as const;
  const { result } = await write(caller.coordinator, grant, print);
  const ttl = result.kind === "lease-grant" ? result.ttl : asked.ttl;
  try {
    const place = waitMs > 0 ? await placeTake(store, name, lease, NOTHING) : await placeTakeFirst(store, name, lease);
    const isHeld = place !== undefined && (await turn(caller, store, { ...asked, place, ttl }));
    if (isHeld) return { place, revision: place.headerRevision, ttl, headers: store.headers };
  } catch (error) {
    if (caller.signal.aborted) caller.background(leaseEnd(caller, lease));
    throw error;
  }
  const end = leaseEnd(caller, lease);
  // Whoever asks again at once is not to find this place before its own.
  if (waitMs > 0) await end;
  else caller.background(end);
  const advice = waitMs > 0 ? `It was waited for ${waitMs} ms.` : "Wait for it with ?wait_ms=, or ask again later.";
  throw new ProblemError("lock-held", `somebody else holds it. ${advice}`, {}, store.headers);
}

const NOTHING = new Uint8Array();

/** Whether it comes to be the place's turn in time. The lease lives for its whole time from then on. */
async function turn(
  caller: LockCaller,
  store: QueueStore,
  { name, place, ttl, waitMs, requestId }: LockAsked & { readonly place: Place },
): Promise<boolean> {
  // What was taken just now is there; but the first answer to a request may be long past when it is repeated.
  if (waitMs === 0 && requestId === undefined) return true;
  const until = Date.now() + waitMs;
  for (;;) {
    const leftMs = Math.max(0, until - Date.now());
    const isHeld = (await placeWait(store, name, place, Math.min(leftMs, ttl * 1_000 * RENEW_SHARE))) !== undefined;
    if (!isHeld && Date.now() >= until) return false;
    const op = { kind: "lease-keep-alive", lease: place.lease } as const;
    await write(caller.coordinator, { op, requestId: caller.freshRequestId() });
    if (isHeld) return true;
  }
}

/** Ends the lease, and the place with it. What cannot be done now, time does. */
async function leaseEnd({ coordinator, freshRequestId }: LockCaller, lease: LeaseId): Promise<void> {
  const op = { kind: "lease-revoke", lease } as const;
  await write(coordinator, { op, requestId: freshRequestId() }).catch((error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
  });
}

const FAULTS = {
  lost: ["lease-not-found", "the lock, or the place in line for it, is lost: it was released, or its lease is over"],
  gone: ["request-timeout", "the caller has gone away"],
  unreachable: ["no-quorum", "no learner of this namespace can be reached"],
} as const;

function faultProblem(fault: QueueFault): ProblemError {
  const [code, detail] = FAULTS[fault];
  return new ProblemError(code, detail, {}, fault === "unreachable" ? { "retry-after": "1" } : {});
}
