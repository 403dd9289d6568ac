import { z } from "zod";
import { ProblemError } from "../../api/problem.ts";
import { DIRECTORY_NAMESPACE } from "../../node/coordinate/directory.ts";
import { needAnywhere } from "../../policy/need.ts";
import { callerIn, callerRegion, coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { jsonResponse } from "../json.ts";
import { Namespace } from "../parameters.ts";
import { route } from "../route.ts";
import { NONE } from "../schemas.ts";

const NamespacesAnswer = z
  .object({
    namespaces: z.array(
      z.object({ name: z.string(), created: z.iso.datetime().optional(), created_by: z.string().optional() }),
    ),
    more: z.boolean().meta({ description: "Whether there are more after the last of these" }),
  })
  .meta({ id: "Namespaces" });

export const namespaceListRoute = route(
  {
    method: "get",
    path: "/v1",
    operationId: "namespaceList",
    summary: "List the namespaces of the deployment; needs `read` in the namespace `synod`",
    params: NONE,
    query: z.strictObject({
      after: Namespace.optional().meta({ description: "The last name of the page before" }),
    }),
    headers: z.object({}),
    responses: {
      200: {
        description: "In order of their names, a thousand at most",
        content: { "application/json": { schema: NamespacesAnswer } },
      },
    },
    problems: ["no-quorum", "forbidden", "not-found"],
  },
  async ({ context, request, query }, deps) => {
    if (deps.namespaces === undefined) throw new ProblemError("not-found", "nobody keeps a directory here");
    await permitted(coordinatorOf(context, deps, DIRECTORY_NAMESPACE), [needAnywhere("read")]);
    const requester = {
      caller: callerIn(context),
      region: callerRegion(request, deps),
      background: (work: Promise<unknown>) => context.executionCtx.waitUntil(work),
    };
    const found = await deps.namespaces(requester, query.after);
    if (found === undefined)
      throw new ProblemError("no-quorum", "the directory cannot be read", {}, { "retry-after": "1" });
    const namespaces = found.names.map(({ name, time, by }) => ({
      name,
      ...(time === undefined ? {} : { created: new Date(time).toISOString() }),
      ...(by === undefined ? {} : { created_by: by }),
    }));
    return jsonResponse({ namespaces, more: found.more });
  },
);
