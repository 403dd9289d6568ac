import { z } from "zod";
import { directoryPage } from "../directory-page.ts";
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
  async ({ context, query }, deps) => {
    const found = await directoryPage(context, deps, query.after);
    const namespaces = found.names.map(({ name, time, by }) => ({
      name,
      ...(time === undefined ? {} : { created: new Date(time).toISOString() }),
      ...(by === undefined ? {} : { created_by: by }),
    }));
    return jsonResponse({ namespaces, more: found.more });
  },
);
