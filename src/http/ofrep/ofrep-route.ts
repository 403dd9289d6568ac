import type { z } from "zod";
import { OfrepFailure } from "../../api/ofrep.ts";
import { PROBLEMS, type ProblemCode } from "../../api/problem.ts";
import type { AppDeps } from "../deps.ts";
import { type Call, type Route, type RouteSpec, route } from "../route.ts";
import { OFREP_FAILURES, ofrepFailure } from "./ofrep-answer.ts";

const CONTENT = { "application/json": { schema: OfrepFailure } };

/** A route whose failures are OFREP's, where OFREP has a body for them, and else problems. */
export function ofrepRoute<Params extends z.ZodObject, Query extends z.ZodObject, Headers extends z.ZodObject>(
  spec: RouteSpec<Params, Query, Headers>,
  handler: (call: Call<Params, Query, Headers>, deps: AppDeps) => Promise<Response>,
): Route {
  const made = route(spec, handler);
  const responses = { ...made.openApi.responses };
  for (const code of ["invalid-request", "internal", ...spec.problems] satisfies ProblemCode[]) {
    const { status, title } = PROBLEMS[code];
    if (OFREP_FAILURES.includes(status)) responses[status] = { description: title, content: CONTENT };
  }
  return {
    ...made,
    openApi: { ...made.openApi, responses },
    async handle(context, deps) {
      try {
        return await made.handle(context, deps);
      } catch (error) {
        return ofrepFailure(error, context.req.raw, deps);
      }
    },
  };
}
