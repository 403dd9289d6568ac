import type { Context } from "hono";
import { z } from "zod";
import { expositionFormat, type MetricFamily } from "../../api/exposition.ts";
import { coordinatorOf } from "../caller.ts";
import type { AppDeps } from "../deps.ts";
import { directoryPage } from "../directory-page.ts";
import { Namespace } from "../parameters.ts";
import { route } from "../route.ts";
import { NONE } from "../schemas.ts";
import { METRICS_ANSWER, metricsResponse } from "./metrics.ts";

/** Namespaces in one answer: each takes three calls a region, and the platform lets a request make a thousand. */
const NAMESPACES_MAX = 50;
/** Namespaces that are asked at once. */
const AT_ONCE = 5;

export const metricsAllRoute = route(
  {
    method: "get",
    path: "/metrics",
    operationId: "metricsAll",
    summary: "The metrics of every namespace, fifty at most; needs `read` in the namespace `synod`",
    params: NONE,
    query: z.strictObject({
      after: Namespace.optional().meta({ description: "The last name of the page before, where there are more" }),
    }),
    headers: z.object({ accept: z.string().optional() }),
    responses: { 200: METRICS_ANSWER },
    problems: ["no-quorum", "forbidden", "not-found"],
  },
  async ({ context, query, headers }, deps) => {
    const found = await directoryPage(context, deps, query.after);
    const names = found.names.map(({ name }) => name);
    const asked = names.slice(0, NAMESPACES_MAX);
    const answers = await gathered(asked, (name) => familiesOf(context, deps, name));
    const told = answers.filter((one) => one !== undefined);
    const counts = [
      gauge("synod_namespaces", "Namespaces that this answer tells of", told.length),
      gauge("synod_namespaces_failed", "Namespaces that could not be asked", answers.length - told.length),
      gauge(
        "synod_namespaces_left_out",
        "1 where there are more, which `after` asks for",
        found.more || asked.length < names.length ? 1 : 0,
      ),
    ];
    return metricsResponse([...counts, ...merged(told)], expositionFormat(headers.accept));
  },
);

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, type: "gauge", help, samples: [{ labels: {}, value }] };
}

/** A namespace that fails, say for other members than the deployment's, does not spoil the rest. */
async function familiesOf(context: Context, deps: AppDeps, name: string): Promise<readonly MetricFamily[] | undefined> {
  try {
    return await coordinatorOf(context, deps, name).metrics();
  } catch {
    return undefined;
  }
}

/** What `ask` gives for each, a few at a time, in order. */
async function gathered<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  const queue = all.entries();
  const work = async () => {
    for (const [index, one] of queue) answers[index] = await ask(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

/** One family of each name, with the samples of all. */
function merged(all: readonly (readonly MetricFamily[])[]): readonly MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  for (const family of all.flat()) {
    const before = families.get(family.name);
    families.set(family.name, { ...family, samples: [...(before?.samples ?? []), ...family.samples] });
  }
  return [...families.values()];
}
