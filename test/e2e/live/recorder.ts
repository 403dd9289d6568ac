/** Turns what clients are told into the history that the checker judges. */
import type {
  Absent,
  History,
  Operation,
  Outcome,
  PreconditionFailed,
  Present,
  Watch,
  Written,
} from "../../../src/checker/history.ts";
import type { Answer } from "../client.ts";

type Unnumbered = {
  readonly [Kind in Operation["kind"]]: Omit<Extract<Operation, { kind: Kind }>, "id">;
}[Operation["kind"]];

export class Recorder {
  readonly #operations: Operation[] = [];
  readonly watches: Watch[] = [];

  add(operation: Unnumbered): void {
    this.#operations.push({ ...operation, id: this.#operations.length } as Operation);
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  get history(): History {
    return { operations: this.#operations, watches: this.watches };
  }
}

/** What came of a call: an answer, or what `fetch` threw. */
export type Reply = { readonly answer: Answer } | { readonly error: unknown };

export interface Timed {
  readonly call: number;
  readonly return: number;
  readonly reply: Reply;
}

export async function timed(send: () => Promise<Answer>): Promise<Timed> {
  const call = performance.now();
  const reply = await send().then(
    (answer): Reply => ({ answer }),
    (error: unknown): Reply => ({ error }),
  );
  return { call, return: performance.now(), reply };
}

/** No answer at all, or one that says nothing of the outcome. */
function withoutResult(reply: Reply): Outcome<never> {
  if ("error" in reply) {
    const cause = (reply.error as { readonly cause?: { readonly code?: string } }).cause;
    // Nobody listened, so nothing was sent.
    return { kind: cause?.code === "ECONNREFUSED" ? "failed" : "unknown" };
  }
  const { status, problem, text } = reply.answer;
  if (problem?.code === "no-quorum") return { kind: "failed" };
  if (problem?.code === "outcome-unknown" || problem?.code === "expired") return { kind: "unknown" };
  throw new Error(`an answer that makes no sense here: ${status} ${text}`);
}

function ok<Result>(answer: Answer, result: Result): Outcome<Result> {
  return { kind: "ok", revision: answer.revision, result };
}

export function readOutcome({ reply }: Timed): Outcome<Present | Absent> {
  if ("answer" in reply) {
    const { answer } = reply;
    if (answer.status === 200) return ok(answer, { kind: "present", value: answer.text, modRevision: answer.etag });
    if (answer.problem?.code === "not-found") return ok(answer, { kind: "absent" });
  }
  return withoutResult(reply);
}

export function putOutcome({ reply }: Timed): Outcome<Written | PreconditionFailed> {
  if ("answer" in reply) {
    const { answer } = reply;
    if (answer.status < 300) return ok(answer, { kind: "written", modRevision: answer.etag });
    if (answer.problem?.code === "precondition-failed") return ok(answer, { kind: "precondition-failed" });
  }
  return withoutResult(reply);
}

export function deleteOutcome({ reply }: Timed): Outcome<Written | Absent | PreconditionFailed> {
  if ("answer" in reply) {
    const { answer } = reply;
    if (answer.status < 300) {
      const { deleted } = JSON.parse(answer.text) as { readonly deleted: number };
      return ok(answer, deleted === 0 ? { kind: "absent" } : { kind: "written", modRevision: answer.revision });
    }
    if (answer.problem?.code === "precondition-failed") return ok(answer, { kind: "precondition-failed" });
  }
  return withoutResult(reply);
}

export function proposeOutcome({ reply }: Timed): Outcome<{ readonly chosen: string; readonly mine: boolean }> {
  if ("answer" in reply && reply.answer.status < 300) {
    const { answer } = reply;
    return ok(answer, { chosen: answer.text, mine: answer.headers.get("synod-won") === "true" });
  }
  return withoutResult(reply);
}
