import { z } from "zod";
import { StatusAnswer } from "../../api/answer.ts";
import { statusToJson } from "../../node/coordinate/status-json.ts";
import { needAnywhere } from "../../policy/need.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { jsonResponse } from "../json.ts";
import { route } from "../route.ts";
import { DECIDED_HEADERS, IN_NAMESPACE, NONE } from "../schemas.ts";

export const statusRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/status",
    operationId: "status",
    summary: "Who votes, who learns, how far each has come",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "The namespace as seen from where the caller is",
        headers: { "synod-revision": DECIDED_HEADERS["synod-revision"] },
        content: { "application/json": { schema: StatusAnswer } },
      },
    },
    problems: [],
  },
  async ({ context, params }, deps) => {
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [needAnywhere("read")]);
    const status = await coordinator.status();
    return jsonResponse(statusToJson(status), { "synod-revision": `${status.revision}` });
  },
);
