import { z } from "zod";
import {
  EXPOSITION_TYPES,
  type ExpositionFormat,
  expositionFormat,
  expositionText,
  type MetricFamily,
} from "../../api/exposition.ts";
import { needAnywhere } from "../../policy/need.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE, NONE } from "../schemas.ts";

export const METRICS_ANSWER = {
  description: "In Prometheus's text format 0.0.4, or in OpenMetrics 1.0 where that is accepted rather",
  content: {
    [EXPOSITION_TYPES.prometheus]: { schema: { type: "string" as const } },
    [EXPOSITION_TYPES.openmetrics]: { schema: { type: "string" as const } },
  },
};

export const metricsRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/metrics",
    operationId: "metrics",
    summary: "Counters and gauges of a namespace, for Prometheus",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({ accept: z.string().optional() }),
    responses: { 200: METRICS_ANSWER },
    problems: [],
  },
  async ({ context, params, headers }, deps) => {
    const format = expositionFormat(headers.accept);
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [needAnywhere("read")]);
    const families = await coordinator.metrics();
    return metricsResponse(families, format);
  },
);

export function metricsResponse(families: readonly MetricFamily[], format: ExpositionFormat): Response {
  return new Response(expositionText(families, format), {
    headers: { "content-type": EXPOSITION_TYPES[format], "cache-control": "no-store", vary: "accept" },
  });
}
