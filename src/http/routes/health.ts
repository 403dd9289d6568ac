import { z } from "zod";
import { NamespaceHealthAnswer } from "../../api/answer.ts";
import { healthOf } from "../../node/coordinate/health.ts";
import { needAnywhere } from "../../policy/need.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { jsonResponse } from "../json.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, NONE } from "../schemas.ts";

export const namespaceHealthRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/health",
    operationId: "namespaceHealth",
    summary: "Whether the namespace serves, what is wrong with it, and how much more may fail",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "It serves: `ok`, or `degraded`",
        content: { "application/json": { schema: NamespaceHealthAnswer } },
      },
      503: { description: "It is `down`", content: { "application/json": { schema: NamespaceHealthAnswer } } },
    },
    problems: [],
  },
  async ({ context, params }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [needAnywhere("read")]);
    const health = healthOf(await coordinator.status());
    return jsonResponse(health, {}, health.status === "down" ? 503 : 200);
  },
);
