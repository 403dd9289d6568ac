import type { LeaseId } from "../../api/key-value.ts";
import { leaseIdFrom } from "../../api/lease-id.ts";
import type { Coordinator, ReadRequest } from "../../node/coordinate/coordinator.ts";
import type { Caller } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Denied } from "../../policy/policy.ts";
import type { Op, Refusal, Refused, Result, TxnPartResult } from "../../state/command.ts";
import type { QueryResult } from "../../state/queries.ts";
import { callerRegion, isElsewhere } from "../caller.ts";
import type { AppDeps } from "../deps.ts";
import { Namespace } from "../parameters.ts";
import { userToken } from "../user-session.ts";
import { answererOf } from "./answerer.ts";
import type { Answerer } from "./codec/answer.ts";
import { EtcdError, type EtcdErrorName } from "./codec/error.ts";

/** The namespace that etcd's clients use unless they say otherwise. */
const NAMESPACE_DEFAULT = "default";

/** One request to the gateway. */
export interface EtcdCall {
  readonly request: Request;
  readonly namespace: string;
  readonly coordinator: Coordinator;
  readonly caller: Caller;
  readonly who: Answerer;
  /** Lets `work` go on after the answer has left. */
  background(work: Promise<unknown>): void;
  /** A lease id of the server's choice. */
  freshLease(): LeaseId;
  /** The token of a user that signed in, as of `login` (`loginOf`). */
  signIn(name: string, login: string): string;
}

export function etcdCall(request: Request, execution: ExecutionContext, deps: AppDeps, caller: Caller): EtcdCall {
  const namespace = namespaceOf(request.headers.get("synod-namespace"));
  if (isElsewhere(caller, namespace)) throw EtcdError.named("permission-denied");
  const region = callerRegion(request, deps);
  const background = (work: Promise<unknown>) => execution.waitUntil(work);
  return {
    request,
    namespace,
    coordinator: deps.coordinatorFor({ namespace, region, background, caller }),
    caller,
    who: answererOf(namespace, region),
    background,
    freshLease: () => leaseIdFrom(deps.freshId()),
    signIn: (name, login) => userToken(name, login, deps.access.rootTokens, Date.now()),
  };
}

function namespaceOf(header: string | null): string {
  if (header === null) return NAMESPACE_DEFAULT;
  const namespace = Namespace.safeParse(header).data;
  if (namespace === undefined) throw new EtcdError("invalid-argument", "header synod-namespace: not a namespace");
  return namespace;
}

const REFUSALS: Readonly<Record<Refusal, EtcdErrorName>> = {
  // Native conditions, which no request here has.
  "condition-failed": "timeout",
  compacted: "compacted",
  "future-revision": "future-revision",
  "key-not-found": "key-not-found",
  "lease-not-found": "lease-not-found",
  "lease-exists": "lease-exists",
  "lease-ttl-too-large": "lease-ttl-too-large",
  "duplicate-key": "duplicate-key",
  "value-provided": "value-provided",
  "lease-provided": "lease-provided",
  "too-many-changes": "request-too-large",
  "answer-too-large": "answer-too-large",
  "too-expensive": "too-expensive",
  expired: "timeout",
  reused: "timeout",
  upgrading: "timeout",
  // Decided anew where it was decided, until it is settled.
  "policy-changed": "timeout",
  "quota-exceeded": "no-space",
  restoring: "timeout",
  "restore-conflict": "timeout",
};

function refusalError({ why }: Refused): EtcdError {
  return EtcdError.named(REFUSALS[why]);
}

/** What became of a write, refusals included. */
export async function tryWrite({ coordinator, caller }: EtcdCall, op: Op): Promise<Result> {
  const outcome = await coordinator.write({ op });
  if (outcome.kind === "applied") return outcome.result;
  if (outcome.kind === "overloaded" || outcome.kind === "rate-limited") throw EtcdError.named("too-many-requests");
  if (outcome.kind === "denied") throw deniedError(outcome, caller);
  throw EtcdError.named(outcome.kind === "outcome-unknown" ? "timeout" : "no-leader");
}

/** The result of a write; a refusal is an error. */
export async function write<Kind extends Result["kind"]>(
  call: EtcdCall,
  op: Op,
  kind: Kind,
): Promise<OfKind<Result, Kind>> {
  const result = await tryWrite(call, op);
  // It took effect, but there was no memory for its result, or it was too large to keep.
  if (omitsBodies(result)) throw EtcdError.named("timeout");
  if (isOf(result, kind)) return result;
  if (result.kind === "applied-before") throw EtcdError.named("timeout");
  throw result.kind === "refused" ? refusalError(result) : unexpected(result);
}

/** Throws etcd's error unless the caller has these rights. What is not in the log is asked for after this alone. */
export async function permitted({ coordinator, caller }: EtcdCall, needs: readonly Need[]): Promise<void> {
  const decision = await coordinator.permit(needs);
  if (decision?.kind === "denied") throw deniedError(decision, caller);
  if (decision === undefined) throw EtcdError.named("no-leader");
}

/** As etcd tells it. */
export function deniedError({ why }: Denied, caller: Caller): EtcdError {
  if (why === "forbidden") return EtcdError.named("permission-denied");
  const { kind } = caller.kind === "open" ? caller.otherwise : caller;
  return EtcdError.named(kind === "anonymous" ? "user-empty" : "invalid-token");
}

export async function tryRead({ coordinator, caller }: EtcdCall, request: ReadRequest): Promise<QueryResult> {
  const outcome = await coordinator.read(request);
  if (outcome.kind === "answer") return outcome.result;
  if (outcome.kind === "denied") throw deniedError(outcome, caller);
  if (outcome.kind === "failed") {
    throw new EtcdError("internal", `internal error; ${outcome.reference} names it in the log`);
  }
  throw EtcdError.named(outcome.kind === "overloaded" ? "too-many-requests" : "no-leader");
}

/** The result of a read; a refusal is an error. */
export async function read<Kind extends QueryResult["kind"]>(
  call: EtcdCall,
  request: ReadRequest,
  kind: Kind,
): Promise<OfKind<QueryResult, Kind>> {
  const result = await tryRead(call, request);
  if (isOf(result, kind)) return result;
  throw result.kind === "refused" ? refusalError(result) : unexpected(result);
}

type OfKind<All extends { readonly kind: string }, Kind extends string> = All extends unknown
  ? Kind extends All["kind"]
    ? All
    : never
  : never;

function isOf<All extends { readonly kind: string }, Kind extends All["kind"]>(
  result: All,
  kind: Kind,
): result is OfKind<All, Kind> {
  return result.kind === kind;
}

/** Nothing here repeats a request, so a result of another kind is a bug. */
function unexpected(what: { readonly kind: string }): Error {
  return new Error(`an answer of kind ${what.kind} was not expected here`);
}

/** etcd's answers cannot say that they leave something out. */
function omitsBodies(result: Result | TxnPartResult): boolean {
  if (result.kind === "txn") return result.parts.some(omitsBodies);
  return "omitted" in result && result.omitted === true;
}
