/**
 * A recorded history: what clients asked, what they were told and when, and nothing else. The checker judges it
 * without knowing how Synod works, so nothing in this folder imports from any other.
 *
 * Times are numbers on one clock of the recorder (any unit). `null` stands for "not known" everywhere.
 */

/**
 * - `ok`: the answer arrived. `revision` is the store's revision the answer carried (`synod-revision`). A 404 and a
 *   412 are answers too: they say what the store held.
 * - `failed`: surely no effect, at no time (refused before anything was sent).
 * - `unknown`: may take effect at any time after the call, or never (time-out, lost connection, 503 of doubt).
 */
export type Outcome<Result> =
  | { readonly kind: "ok"; readonly revision: number | null; readonly result: Result }
  | { readonly kind: "failed" }
  | { readonly kind: "unknown" };

export type Condition =
  | { readonly kind: "none" }
  | { readonly kind: "match"; readonly modRevision: number }
  | { readonly kind: "none-match" };

export type Present = { readonly kind: "present"; readonly value: string; readonly modRevision: number | null };
export type Absent = { readonly kind: "absent" };
/** `modRevision` is the revision that this very write made: never shared with another write. */
export type Written = { readonly kind: "written"; readonly modRevision: number | null };
export type PreconditionFailed = { readonly kind: "precondition-failed" };

interface OperationBase {
  /** Unique in the history. */
  readonly id: number;
  readonly client: string;
  readonly session: string;
  readonly key: string;
  readonly call: number;
  /** When the client stopped waiting; `null` when it still was at the end. Has no meaning for an unknown outcome. */
  readonly return: number | null;
  /** The Idempotency-Key: operations that share it are attempts of one request. */
  readonly request?: string;
}

export interface Get extends OperationBase {
  readonly kind: "get";
  readonly consistency: "linearizable" | "local";
  readonly minRevision: number | null;
  readonly outcome: Outcome<Present | Absent>;
}

export interface Put extends OperationBase {
  readonly kind: "put";
  readonly value: string;
  readonly condition: Condition;
  readonly outcome: Outcome<Written | PreconditionFailed>;
}

/** An `absent` result: there was nothing to delete, and no revision was made. */
export interface Delete extends OperationBase {
  readonly kind: "delete";
  readonly condition: Condition;
  readonly outcome: Outcome<Written | Absent | PreconditionFailed>;
}

/** Write-once: the first value stays for ever. `mine` tells the proposer that its own request was the first. */
export interface Propose extends OperationBase {
  readonly kind: "propose";
  readonly value: string;
  readonly outcome: Outcome<{ readonly chosen: string; readonly mine: boolean }>;
}

/** Adds one. `count` is the counter right after this increment, when the answer says. */
export interface Increment extends OperationBase {
  readonly kind: "increment";
  readonly outcome: Outcome<{ readonly count: number | null }>;
}

export interface Count extends OperationBase {
  readonly kind: "count";
  readonly outcome: Outcome<{ readonly count: number }>;
}

export type Operation = Get | Put | Delete | Propose | Increment | Count;
export type RegisterOperation = Get | Put | Delete;
export type RegisterWrite = Put | Delete;

export interface WatchEvent {
  /** When the watcher received it. */
  readonly at: number;
  readonly key: string;
  readonly revision: number;
  /** `null` for a delete. */
  readonly value: string | null;
}

/** One connection of a watch. A reconnect continues with `from` = the last revision seen + 1. */
export interface WatchConnection {
  readonly from: number;
  readonly events: readonly WatchEvent[];
}

export interface Watch {
  readonly id: string;
  readonly target:
    | { readonly kind: "key"; readonly key: string }
    | { readonly kind: "prefix"; readonly prefix: string };
  readonly connections: readonly WatchConnection[];
  /** The watcher was told, or the run waited until, everything up to here is delivered; `null`: up to the last event. */
  readonly through: number | null;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly watches: readonly Watch[];
}

export function isRegister(op: Operation): op is RegisterOperation {
  return op.kind === "get" || op.kind === "put" || op.kind === "delete";
}

export function isRegisterWrite(op: Operation): op is RegisterWrite {
  return op.kind === "put" || op.kind === "delete";
}

/** When its effect was over at the latest: never, for an outcome nobody knows. */
export function returnOf(op: Operation): number {
  return op.outcome.kind === "ok" && op.return !== null ? op.return : Number.POSITIVE_INFINITY;
}

/** The revision a write says it made, when it says. */
export function revisionWritten(op: Operation): number | null {
  if (!isRegisterWrite(op) || op.outcome.kind !== "ok") return null;
  return op.outcome.result.kind === "written" ? op.outcome.result.modRevision : null;
}

/** The revision of the store that the answer carried. */
export function revisionOf(op: Operation): number | null {
  return op.outcome.kind === "ok" ? op.outcome.revision : null;
}

export function valueWritten(op: RegisterWrite): string | null {
  return op.kind === "put" ? op.value : null;
}

/** Everything a watch delivered, over all its connections. */
export function watchEvents(watch: Watch): readonly WatchEvent[] {
  return watch.connections.flatMap((connection) => connection.events);
}

/** Groups without losing the order. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** One line a person can read. */
export function operationText(op: Operation): string {
  const asked = `#${op.id} ${op.client} ${op.kind} ${op.key}${argumentText(op)}`;
  const span = `[${op.call}, ${op.return ?? "open"}]`;
  if (op.outcome.kind !== "ok") return `${asked} ${span}: ${op.outcome.kind}`;
  const at = op.outcome.revision === null ? "" : `, store at ${op.outcome.revision}`;
  return `${asked} ${span}: ${JSON.stringify(op.outcome.result)}${at}`;
}

function argumentText(op: Operation): string {
  const value = op.kind === "put" || op.kind === "propose" ? ` ${JSON.stringify(op.value)}` : "";
  if (op.kind === "get") return op.consistency === "local" ? " (local)" : "";
  if (!isRegisterWrite(op) || op.condition.kind === "none") return value;
  return `${value} if ${op.condition.kind === "match" ? `at ${op.condition.modRevision}` : "absent"}`;
}
