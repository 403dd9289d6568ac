import { z } from "zod";
import { utf8Encode } from "../../api/bytes.ts";
import { flagSetKey } from "../../api/flag-set-name.ts";
import { OfrepEvent } from "../../api/ofrep.ts";
import { ProblemError } from "../../api/problem.ts";
import { watchFrameHead, watchFrameParse } from "../../api/watch-frame.ts";
import { type Caller, ROOT } from "../../policy/caller.ts";
import { needsOfWatch } from "../../policy/need.ts";
import { callerOf } from "../authenticate.ts";
import { coordinatorOf } from "../caller.ts";
import { permitted } from "../denied.ts";
import type { AppDeps } from "../deps.ts";
import { eventStream } from "../event-stream.ts";
import { LastEventId, Namespace, Revision } from "../parameters.ts";
import { type Route, route } from "../route.ts";
import { NONE } from "../schemas.ts";
import { WatchBridge } from "../watch-bridge.ts";
import type { FlagSetPlace } from "./flag-set-read.ts";
import { FlagSetName, placeOf } from "./parameters.ts";
import { isStreamTicket } from "./stream-ticket.ts";

export const ofrepEventsRoute: Route = route(
  {
    method: "get",
    path: "/ofrep/v1/events",
    operationId: "flagEvents",
    summary: "Hear when a flag set changes (OFREP's event stream); an answer to a bulk evaluation names its address",
    hasNoHead: true,
    params: NONE,
    query: z.strictObject({
      namespace: Namespace.optional(),
      set: FlagSetName.optional(),
      from: Revision.meta({
        description: "The first revision to tell of; without it, what comes after now",
      }).optional(),
      ticket: z
        .string()
        .max(128)
        .optional()
        .meta({ description: "Stands for the token, which EventSource cannot send" }),
    }),
    headers: z.object({ "last-event-id": LastEventId.optional() }),
    responses: {
      200: {
        description:
          "An event for each change of the set, with its revision as the id; it says to fetch evaluations anew",
        content: { "text/event-stream": { schema: OfrepEvent } },
      },
    },
    problems: ["method-not-allowed", "no-quorum"],
  },
  async ({ context, request, query, headers }, deps) => {
    if (request.method === "HEAD") {
      throw new ProblemError("method-not-allowed", "an event stream has no HEAD", {}, { allow: "GET, OPTIONS" });
    }
    const place = placeOf({ "synod-namespace": query.namespace, "synod-flag-set": query.set });
    context.set("caller", await authenticate(request, place, query.ticket, deps));
    const lastId = headers["last-event-id"];
    const from = lastId === undefined ? query.from : lastId + 1;
    const watch = { key: utf8Encode(flagSetKey(place.set)), from, resync: true };
    const coordinator = coordinatorOf(context, deps, place.namespace);
    await permitted(coordinator, needsOfWatch(watch));
    const bridge = new WatchBridge(coordinator, watch, { resumes: true });
    return eventStream(bridge, request.signal, refetchText);
  },
);

/** A ticket was given to whoever could evaluate the set, and is good for news of it alone. */
async function authenticate(
  request: Request,
  place: FlagSetPlace,
  ticket: string | undefined,
  { access }: AppDeps,
): Promise<Caller> {
  if (ticket === undefined) return callerOf(request, access, "bearer");
  for (const token of access.rootTokens) if (await isStreamTicket(ticket, token, place, Date.now())) return ROOT;
  throw new ProblemError("unauthorized", "the address is too old; a bulk evaluation names a new one");
}

/**
 * A frame of the watch as OFREP's event, which says no more than that evaluations are to be fetched anew; a comment
 * where nothing changed. A revision in several frames is told once.
 */
export function refetchText(frame: string): string {
  const head = watchFrameHead(frame);
  if (head === undefined || head.more || (head.type !== "events" && head.type !== "reset")) return ": nothing new\n\n";
  const told = watchFrameParse(frame);
  const last = told?.type === "events" ? told.events.at(-1)?.mod_revision : undefined;
  const event: OfrepEvent = { type: "refetchEvaluation", etag: `${last ?? head.revision}` };
  return `id: ${head.revision}\ndata: ${JSON.stringify(event)}\n\n`;
}
