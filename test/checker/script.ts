import type {
  Condition,
  Get,
  History,
  Operation,
  Outcome,
  PreconditionFailed,
  Propose,
  Watch,
  WatchEvent,
  Written,
} from "../../src/checker/history.ts";

/**
 * Hand-made histories, short enough to read: `put("a", "x", [0, 10], { ok: 3 })` is client a's put of x on key k,
 * called at 0, answered at 10, having made revision 3. `ok: null` hides the revision; without `ok` the outcome is open.
 */
export interface Told {
  readonly key?: string;
  readonly session?: string;
  readonly request?: string;
  /** The revision a write made. */
  readonly ok?: number | null;
  /** The store's revision in the answer, when it is not the one above. */
  readonly store?: number | null;
  readonly failed?: true;
  /** 412. */
  readonly lost?: true;
  readonly ifMatch?: number;
  readonly ifAbsent?: true;
}

export type Span = readonly [call: number, returned: number];
type Unnumbered = { readonly [Kind in Operation as Kind["kind"]]: Omit<Kind, "id"> }[Operation["kind"]];

export function history(operations: readonly Unnumbered[], watches: readonly Watch[] = []): History {
  return { operations: operations.map((op, id) => ({ ...op, id }) as Operation), watches };
}

export function put(client: string, value: string, span: Span, told: Told = {}): Unnumbered {
  return { ...base(client, span, told), kind: "put", value, condition: conditionOf(told), outcome: writeOutcome(told) };
}

export function del(client: string, span: Span, told: Told & { readonly nothing?: true } = {}): Unnumbered {
  const none: Outcome<{ kind: "absent" }> = { kind: "ok", revision: told.store ?? null, result: { kind: "absent" } };
  const outcome = told.nothing === true ? none : writeOutcome(told);
  return { ...base(client, span, told), kind: "delete", condition: conditionOf(told), outcome };
}

interface Seen extends Told {
  readonly local?: true;
  readonly min?: number;
}

/** `value` null: absent. `mod` and `store` are the revisions of key and store. */
export function get(
  client: string,
  value: string | null,
  span: Span,
  mod: number | null,
  store: number | null,
  told: Seen = {},
): Unnumbered {
  const result: Present = value === null ? { kind: "absent" } : { kind: "present", value, modRevision: mod };
  return {
    ...base(client, span, told),
    kind: "get",
    consistency: told.local === true ? "local" : "linearizable",
    minRevision: told.min ?? null,
    outcome: { kind: "ok", revision: store, result },
  };
}

type Present = Extract<Get["outcome"], { kind: "ok" }>["result"];

export function propose(
  client: string,
  value: string,
  span: Span,
  told?: { chosen: string; mine: boolean },
): Unnumbered {
  const outcome: Propose["outcome"] =
    told === undefined ? { kind: "unknown" } : { kind: "ok", revision: null, result: told };
  return { ...base(client, span, {}), kind: "propose", value, outcome };
}

/** `count`: what the answer said; null: just ok; undefined: no answer. */
export function increment(client: string, request: string, span: Span, count?: number | null): Unnumbered {
  const outcome: Outcome<{ count: number | null }> =
    count === undefined ? { kind: "unknown" } : { kind: "ok", revision: null, result: { count } };
  return { ...base(client, span, { request }), kind: "increment", outcome };
}

export function count(client: string, value: number, span: Span): Unnumbered {
  return {
    ...base(client, span, {}),
    kind: "count",
    outcome: { kind: "ok", revision: null, result: { count: value } },
  };
}

export function event(at: number, revision: number, value: string | null, key = "k"): WatchEvent {
  return { at, revision, value, key };
}

/** A watch of key k, one connection. */
export function watch(from: number, events: readonly WatchEvent[], through: number | null = null): Watch {
  return { id: "w", target: { kind: "key", key: "k" }, connections: [{ from, events }], through };
}

function base(client: string, [call, returned]: Span, { key = "k", session = client, request }: Told) {
  return { client, session, key, call, return: returned, ...(request === undefined ? {} : { request }) };
}

function conditionOf({ ifMatch, ifAbsent }: Told): Condition {
  if (ifMatch !== undefined) return { kind: "match", modRevision: ifMatch };
  return ifAbsent === true ? { kind: "none-match" } : { kind: "none" };
}

type WriteResult = Written | PreconditionFailed;

function writeOutcome({ ok, store, failed, lost }: Told): Outcome<WriteResult> {
  if (failed === true) return { kind: "failed" };
  if (lost === true) return { kind: "ok", revision: store ?? null, result: { kind: "precondition-failed" } };
  if (ok === undefined) return { kind: "unknown" };
  return { kind: "ok", revision: store === undefined ? ok : store, result: { kind: "written", modRevision: ok } };
}
