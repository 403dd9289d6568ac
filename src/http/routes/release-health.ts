import { z } from "zod";
import { ClientReport } from "../../api/client-report.ts";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { Transition } from "../../api/release.ts";
import { HealthAnswer } from "../../api/release-answer.ts";
import { Name } from "../../api/strategy.ts";
import { needAnywhere } from "../../policy/need.ts";
import { documentJson, documentPut, SIGNALS, TRANSITIONS } from "../../rollout/documents.ts";
import { bytesOfKey } from "../../rollout/operations.ts";
import { AlertmanagerWebhook, alertSignals, firingAfter, firingOf, type Signal } from "../../rollout/signal.ts";
import { systemKey } from "../../state/system-space.ts";
import { bodyJson } from "../body.ts";
import { callerRegion, coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { jsonResponse } from "../json.ts";
import { write } from "../outcome.ts";
import { ReleaseId } from "../parameters.ts";
import { asReader, releaserOf } from "../releases/asker.ts";
import { documentsLoad, keyLoad, releaseLoad } from "../releases/load.ts";
import { route } from "../route.ts";
import {
  IN_NAMESPACE,
  JSON_WRITE_PROBLEMS,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

const ONE = IN_NAMESPACE.extend({ id: ReleaseId });
const SIGNALS_BYTES_MAX = 1024 * 1024;
const TRIES_MAX = 4;

export const releaseReportRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/releases:report",
    operationId: "releaseReport",
    summary: "A client says how it fares, while a release is shown; nothing of it is kept in the log",
    params: IN_NAMESPACE,
    query: NONE,
    headers: z.object({}),
    body: { required: true, content: { "application/json": { schema: ClientReport } } },
    responses: {
      200: {
        description: "It was heard",
        content: {
          "application/json": {
            schema: z.object({ shown: z.array(z.string()).meta({ description: "Releases to report on" }) }),
          },
        },
      },
    },
    problems: ["too-large", "unsupported-media-type", "no-quorum"],
  },
  async ({ context, request, params }, deps) => {
    const report = await bodyJson(request, ClientReport, CONFIG_BYTES_MAX);
    const region = report.region ?? callerRegion(request, deps);
    const question = { kind: "release-report", report: { ...report, region } } as const;
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [needAnywhere("watch")]);
    const answer = await coordinator.release(question);
    if (answer?.kind === "release-reported") return jsonResponse({ shown: answer.shown });
    throw new ProblemError("no-quorum", "no learner of this namespace can be reached", {}, { "retry-after": "1" });
  },
);

export const releaseHealthRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/releases/{id}/health",
    operationId: "releaseHealth",
    summary: "What each guard says of a release now, and every transition with what it was decided on",
    params: ONE,
    query: NONE,
    headers: z.object({}),
    responses: {
      200: {
        description: "Verdicts are those of the nearest learner, gathered from all",
        headers: READ_HEADERS,
        content: { "application/json": { schema: HealthAnswer } },
      },
    },
    problems: [...READ_PROBLEMS, "not-found"],
  },
  async ({ context, params }, deps) => {
    const coordinator = asReader(coordinatorOf(context, deps, params.ns));
    const { value: loaded, headers } = await releaseLoad(coordinator, params.id);
    const [records, said] = await Promise.all([
      documentsLoad(coordinator, `${TRANSITIONS}${params.id}/`),
      coordinator.release({ kind: "release-verdicts", id: params.id }),
    ]);
    const health = {
      revision: Number(headers["synod-revision"]),
      step: loaded.step,
      state: loaded.release.state,
      verdicts: said?.kind === "release-verdicts" ? said.verdicts : [],
      clients: said?.kind === "release-verdicts" ? said.clients : undefined,
      transitions: records.value.flatMap((kv) => Transition.safeParse(documentJson(kv)).data ?? []),
    };
    return jsonResponse(health, headers);
  },
);

const SignalJson = z.strictObject({
  signals: z
    .array(z.strictObject({ name: Name, firing: z.boolean(), detail: z.string().max(500).default("") }))
    .min(1)
    .max(100),
});

export const releaseSignalsRoute = route(
  {
    method: "post",
    path: "/v1/{ns}/releases/{id}/signals",
    operationId: "releaseSignals",
    summary: "An alert about a release fires, or does not any more; takes Alertmanager's webhook (version 4) as it is",
    params: ONE,
    query: NONE,
    headers: z.object(WRITE_HEADERS),
    body: {
      required: true,
      content: { "application/json": { schema: z.union([AlertmanagerWebhook, SignalJson]) } },
    },
    responses: {
      200: {
        description: "The alerts that fire now",
        headers: WRITTEN_HEADERS,
        content: {
          "application/json": { schema: z.object({ revision: z.int(), firing: z.record(z.string(), z.string()) }) },
        },
      },
    },
    problems: [...JSON_WRITE_PROBLEMS, "not-found"],
  },
  async ({ context, request, params, headers }, deps) => {
    const body = await bodyJson(request, z.union([AlertmanagerWebhook, SignalJson]), SIGNALS_BYTES_MAX);
    const signals: readonly Signal[] = "alerts" in body ? alertSignals(body) : body.signals;
    const namespace = coordinatorOf(context, deps, params.ns);
    const { value } = await releaseLoad(asReader(namespace), params.id);
    const { coordinator, asker } = await releaserOf(context, namespace, value.release.changes.map(bytesOfKey));
    if (!asker.verbs.has("release:operate")) throw new ProblemError("forbidden", "signals need release:operate");
    const key = systemKey(`${SIGNALS}${params.id}`);
    const requestId = headers["idempotency-key"] ?? deps.freshRequestId();
    for (let tries = 1; ; tries++) {
      const { value: before } = await keyLoad(coordinator, key);
      const firing = firingAfter(before === undefined ? {} : firingOf(documentJson(before)), signals);
      const target = { kind: "mod", value: before?.modRevision ?? 0 } as const;
      const compare = [{ key, result: "equal", target } as const];
      const op = { kind: "txn", compare, success: [documentPut(key, { firing })], failure: [] } as const;
      const { result, headers: how } = await write(coordinator, { op, requestId: `${requestId} ${tries}` });
      const isDone = result.kind !== "txn" || result.succeeded;
      if (isDone) return jsonResponse({ revision: result.revision, firing }, how);
      if (tries === TRIES_MAX) throw new ProblemError("overloaded", "other signals came first, again and again");
    }
  },
);
