import { z } from "zod";

/** Every way in which a request can fail. The codes are stable; titles and details are for people. */
export const PROBLEMS = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  "future-revision": { status: 400, title: "The revision does not exist yet" },
  unauthorized: { status: 401, title: "A valid token is required" },
  "not-set-up": { status: 503, title: "Nobody has set this deployment up yet" },
  forbidden: { status: 403, title: "This caller may not do that" },
  "not-found": { status: 404, title: "There is nothing here" },
  "lease-not-found": { status: 404, title: "There is no such lease, or not any more" },
  "method-not-allowed": { status: 405, title: "The method does not work here" },
  "request-timeout": { status: 408, title: "The body did not come in time" },
  expired: { status: 409, title: "The request came too late to be recognised" },
  "release-in-progress": { status: 409, title: "A release holds this key" },
  "release-state": { status: 409, title: "The release is not in a state for that" },
  "release-frozen": { status: 409, title: "A freeze window holds" },
  "release-conflicted": { status: 409, title: "A key changed since the release was made" },
  "upgrade-blocked": { status: 409, title: "A learner cannot follow, or has not said that it can" },
  "lock-held": { status: 409, title: "Somebody else holds the lock" },
  "restore-conflict": { status: 409, title: "The step of a restore does not fit" },
  "lease-exists": { status: 409, title: "There is a lease with that id already" },
  compacted: { status: 410, title: "The revision has been compacted away" },
  "precondition-failed": { status: 412, title: "The condition does not hold" },
  "too-expensive": { status: 400, title: "The request would cost more than one request may" },
  "too-large": { status: 413, title: "The request is too large" },
  "rate-limited": { status: 429, title: "The namespace writes faster than it may" },
  "quota-exceeded": { status: 507, title: "The namespace would hold more than it may" },
  "validation-failed": { status: 422, title: "A validator refuses the value" },
  "idempotency-key-reused": { status: 422, title: "The Idempotency-Key belongs to another request" },
  "unsupported-media-type": { status: 415, title: "The body's encoding is not supported" },
  misdirected: { status: 421, title: "This server does not answer to that name" },
  "upgrade-required": { status: 426, title: "A watch needs a WebSocket or an event stream" },
  internal: { status: 500, title: "Something went wrong here" },
  behind: { status: 503, title: "No state as new as that can be reached" },
  overloaded: { status: 503, title: "More is asked here than can be done at the moment" },
  upgrading: { status: 503, title: "The namespace has not reached the feature level of this" },
  restoring: { status: 503, title: "The namespace is being restored, and not whole yet" },
  stopping: { status: 503, title: "This server is about to stop" },
  "membership-mismatch": { status: 503, title: "The namespace has other members than this deployment" },
  "no-quorum": { status: 503, title: "Too few regions can be reached" },
  "outcome-unknown": { status: 504, title: "Whether the write took effect is not known" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** An RFC 9457 problem. `type` is a path of this API that explains the code. */
export const Problem = z
  .looseObject({
    type: z.string().meta({ example: "/problems/no-quorum" }),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().meta({ description: "What went wrong with this request, and what to do" }),
    parameter: z.string().optional().meta({ description: "The parameter, header or field that is at fault" }),
    revision: z
      .int()
      .optional()
      .meta({ description: "The store's revision when it refused; behind: of the newest state at hand" }),
    mod_revision: z.int().optional().meta({ description: "precondition-failed: the key's revision; 0 when absent" }),
    compact_revision: z.int().optional().meta({ description: "compacted: the oldest revision that can be read" }),
    quota: z.string().optional().meta({ description: "quota-exceeded: which: keys, bytes, history_bytes or leases" }),
    counted: z
      .int()
      .optional()
      .meta({ description: "too-expensive: what it costs, as far as was counted; quota-exceeded: what would be held" }),
    limit: z.int().optional().meta({
      description: "too-expensive: what it could cost where it was counted; quota-exceeded: what may be held",
    }),
    release: z.string().optional().meta({ description: "release-in-progress: which one" }),
    findings: z.array(z.looseObject({})).optional().meta({ description: "validation-failed: what was found" }),
    members: z.array(z.string()).optional().meta({ description: "membership-mismatch: those that the namespace has" }),
    configured: z
      .array(z.string())
      .optional()
      .meta({ description: "membership-mismatch: those that SYNOD_REGIONS names" }),
    request_id: z.string().optional().meta({ description: "Send it as Idempotency-Key to retry safely" }),
    policy_revision: z
      .int()
      .optional()
      .meta({ description: "forbidden: the revision of the documents that it was decided by" }),
    reference: z.string().optional().meta({ description: "internal: what to look for in the logs" }),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details" });
export type Problem = z.infer<typeof Problem>;

/** The members of a problem that its code does not already give. */
export type ProblemMore = Partial<Omit<Problem, "type" | "title" | "status" | "code" | "detail">>;

export function problem(code: ProblemCode, detail: string, more: ProblemMore = {}): Problem {
  return { type: `/problems/${code}`, ...PROBLEMS[code], code, detail, ...more };
}

/** Thrown anywhere below a route to answer with a problem. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: ProblemMore = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = "ProblemError";
    this.problem = problem(code, detail, more);
    this.headers = headers;
  }
}

export function problemResponse(body: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status: body.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}
