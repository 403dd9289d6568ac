import { z } from "zod";
import { LevelAnswer } from "../../api/answer.ts";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { REGIONS } from "../../network/region.ts";
import type { LearnerStatus } from "../../node/coordinate/coordinator.ts";
import { needOverAll } from "../../policy/need.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { jsonResponse } from "../json.ts";
import { unexpected, write } from "../outcome.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, JSON_WRITE_PROBLEMS, NONE, WRITE_HEADERS, WRITTEN_HEADERS } from "../schemas.ts";

const LevelJson = z.strictObject({
  level: z.int().positive(),
  exclude: z.array(z.enum(REGIONS)).optional().meta({
    description:
      "Learners that are lost, fewer than half: they are not asked, and take another one's state when they come back",
  }),
});

/** Raising a level is an operator's act: from then on no deploy can be rolled back to a build that does not know it. */
export const levelRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/level",
    operationId: "level",
    summary: "Raise the namespace's feature level, once every learner's build knows it; there is no way back",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: { required: true, content: { "application/json": { schema: LevelJson } } },
    responses: {
      200: {
        description: "It is at least this level",
        headers: WRITTEN_HEADERS,
        content: { "application/json": { schema: LevelAnswer } },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "upgrade-blocked"],
  },
  async ({ context, request, params, headers }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [needOverAll("admin")]);
    const { level, exclude = [] } = await bodyJson(request, LevelJson, CONFIG_BYTES_MAX);
    const { learners } = await coordinator.status();
    fewerThanHalf(learners, exclude);
    everybodyCan(
      level,
      learners.filter(({ region }) => !exclude.some((one) => one === region)),
    );
    const answer = await write(coordinator, {
      op: { kind: "raise", level, ...(exclude.length === 0 ? {} : { exclude }) },
      requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
    });
    const { result } = answer;
    if (result.kind !== "raise") throw unexpected(result);
    return jsonResponse({ revision: result.revision, level: result.level }, answer.headers);
  },
);

/** What acceptors dropped from the log is held by a majority of learners: one of those that go on has it. */
function fewerThanHalf(learners: readonly LearnerStatus[], exclude: readonly string[]): void {
  const excluded = learners.filter(({ region }) => exclude.includes(region)).length;
  if (2 * excluded < learners.length) return;
  throw new ProblemError("upgrade-blocked", `${excluded} of ${learners.length} learners are too many to exclude`);
}

function everybodyCan(level: number, learners: readonly LearnerStatus[]): void {
  const blocking = learners.filter(({ buildLevel = 0, suspended }) => buildLevel < level || suspended === true);
  if (blocking.length === 0) return;
  const list = blocking.map(({ region, buildLevel, suspended }) => {
    if (buildLevel === undefined) return `${region} did not answer`;
    return suspended === true ? `${region} begins its state anew` : `${region} knows ${buildLevel}`;
  });
  throw new ProblemError("upgrade-blocked", `level ${level}: ${list.join(", ")}. Update or exclude them`);
}
