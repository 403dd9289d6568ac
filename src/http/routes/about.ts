import { z } from "zod";
import { HealthAnswer, ProblemKindAnswer } from "../../api/answer.ts";
import { PROBLEM_CODES, PROBLEMS } from "../../api/problem.ts";
import { jsonResponse } from "../json.ts";
import { route } from "../route.ts";
import { NONE } from "../schemas.ts";

export const healthRoute = route(
  {
    method: "get",
    path: "/healthz",
    operationId: "health",
    summary: "Whether this Worker answers; it says nothing of any namespace",
    params: NONE,
    query: NONE,
    headers: z.object({}),
    responses: { 200: { description: "It does", content: { "application/json": { schema: HealthAnswer } } } },
    problems: [],
  },
  () => jsonResponse({ status: "ok" }),
);

export const problemRoute = route(
  {
    method: "get",
    path: "/problems/{code}",
    operationId: "problemKind",
    summary: "What a problem's `type` points to",
    params: z.strictObject({ code: z.enum(PROBLEM_CODES) }),
    query: NONE,
    headers: z.object({}),
    responses: {
      200: { description: "The kind of problem", content: { "application/json": { schema: ProblemKindAnswer } } },
    },
    problems: [],
  },
  ({ params }) => jsonResponse({ code: params.code, ...PROBLEMS[params.code] }),
);
