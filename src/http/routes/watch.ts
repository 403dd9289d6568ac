import { z } from "zod";
import { prefixRange } from "../../api/key-range.ts";
import { ProblemError } from "../../api/problem.ts";
import { TelemetryFrame } from "../../api/telemetry-frame.ts";
import { WatchControl } from "../../api/watch-control.ts";
import { WatchFrame } from "../../api/watch-frame.ts";
import { WATCH_NONE } from "../../api/watch-query.ts";
import type { WatchRequest } from "../../node/coordinate/coordinator.ts";
import { needAnywhere, needsOfWatch } from "../../policy/need.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import { eventStream } from "../event-stream.ts";
import { Flag, Key, LastEventId, Prefix, Revision } from "../parameters.ts";
import { route } from "../route.ts";
import { IN_NAMESPACE } from "../schemas.ts";
import { WatchBridge } from "../watch-bridge.ts";

const watchQuery = z.strictObject({
  key: Key.meta({ description: "Watch this one key" }).optional(),
  prefix: Prefix.meta({ description: "Watch all keys that begin with it; empty means all" }).optional(),
  from: Revision.meta({ description: "The first revision to tell of; without it, what comes after now" }).optional(),
  prev_kv: Flag.meta({ description: "true: with each change, the key as it was before" }).optional(),
  filter: z.enum(["noput", "nodelete"]).meta({ description: "Leave out puts, or deletes" }).optional(),
  progress: Flag.meta({
    description:
      "true: tell from time to time how far the watch has come, or that its learner may have missed something",
  }).optional(),
  resync: Flag.meta({
    description: "true: where compaction would end the watch, void what was told, and tell all keys as they are",
  }).optional(),
  releases: Flag.meta({
    description: "true: tell of every transition of a release too, in order with the keys; not with resync",
  }).optional(),
  ticket: z.string().optional().meta({ description: "Of POST tickets, for who cannot send a header" }),
  lastEventId: LastEventId.meta({
    description: "As the header Last-Event-ID, for clients that cannot set headers; the header comes first",
  }).optional(),
});

export const watchRoute = route(
  {
    method: "get",
    path: "/v1/{ns}/watch",
    operationId: "watch",
    summary: "Watch a key or a prefix, over a WebSocket or as an event stream (Accept: text/event-stream)",
    hasNoHead: true,
    params: IN_NAMESPACE,
    query: watchQuery,
    headers: z.object({ "last-event-id": LastEventId.optional() }),
    responses: {
      101: {
        description:
          "A WebSocket on which the learner sends a WatchFrame per message. Send a WatchControl per message to create " +
          "and cancel more watches on it; without key and prefix it begins with none. A frame with `ack` is to be " +
          "acknowledged once it is taken. After 4 MiB without that, or less where many watch, nothing more comes, and " +
          "in the end it is closed with 4429: go on from the last revision. 1012: connect again. A revision that is " +
          "larger than a frame comes in several, all but the last with `more`. Of the subprotocols that you offer the " +
          "first is taken",
        content: { "application/json": { schema: z.union([WatchFrame, TelemetryFrame, WatchControl]) } },
      },
      200: {
        description:
          "An event stream: a WatchFrame per event, its revision as the id, which a frame with `more` does not have: " +
          "the stream goes on after whole revisions",
        content: { "text/event-stream": { schema: WatchFrame } },
      },
    },
    problems: ["method-not-allowed", "compacted", "too-large", "upgrade-required", "no-quorum"],
  },
  async ({ context, request, params, query, headers }, deps) => {
    const wanted = transportOf(request);
    const lastId = (wanted === "event-stream" ? headers["last-event-id"] : undefined) ?? query.lastEventId;
    const from = lastId === undefined ? query.from : lastId + 1;
    const watch: WatchRequest = {
      ...rangeOf(query, wanted),
      from,
      prevKv: query.prev_kv,
      noPut: query.filter === "noput",
      noDelete: query.filter === "nodelete",
      progress: query.progress,
      resync: query.resync,
      releases: query.releases,
    };
    if (query.resync === true && query.releases === true) {
      throw new ProblemError("invalid-request", "query releases: not with resync", { parameter: "releases" });
    }
    const coordinator = coordinatorOf(context, deps, params.ns);
    await permitted(coordinator, [...needsOfWatch(watch), ...(query.releases === true ? [needAnywhere("read")] : [])]);
    if (wanted === "event-stream") {
      return eventStream(new WatchBridge(coordinator, watch, { resumes: false }), request.signal);
    }
    const response = await coordinator.watch(watch);
    if (response !== undefined) return withSubprotocol(request, response);
    throw new ProblemError("no-quorum", "no learner of this namespace can be reached", {}, { "retry-after": "1" });
  },
);

type Transport = "websocket" | "event-stream";

function transportOf(request: Request): Transport {
  if (request.method === "HEAD") {
    throw new ProblemError("method-not-allowed", "a watch has no HEAD", {}, { allow: "GET, OPTIONS" });
  }
  if (isUpgrade(request)) return "websocket";
  if (/\btext\/event-stream\b/i.test(request.headers.get("accept") ?? "")) return "event-stream";
  const detail = "open a WebSocket here, or send Accept: text/event-stream";
  throw new ProblemError("upgrade-required", detail, {}, { upgrade: "websocket", connection: "upgrade" });
}

/** The first subprotocol that is offered is taken: a client that hears of none closes the connection (RFC 6455, 4.1). */
function withSubprotocol(request: Request, { status, webSocket }: Response): Response {
  const offered = request.headers.get("sec-websocket-protocol")?.split(",", 1)[0]?.trim();
  const headers = offered === undefined || offered === "" ? {} : { "sec-websocket-protocol": offered };
  return new Response(null, { status, webSocket, headers });
}

export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

function rangeOf(query: z.output<typeof watchQuery>, transport: Transport): Pick<WatchRequest, "key" | "end"> {
  const { key, prefix } = query;
  if (transport === "websocket" && Object.keys(query).length === 0) return WATCH_NONE;
  if (key !== undefined && prefix === undefined) return { key };
  if (key === undefined && prefix !== undefined) return prefixRange(prefix);
  throw new ProblemError("invalid-request", "query: give either key or prefix (an empty prefix watches all)", {
    parameter: key === undefined ? "key" : "prefix",
  });
}
