import { z } from "zod";
import { base64urlEncode } from "../../api/base64.ts";
import { utf8Encode } from "../../api/bytes.ts";
import { flagSetKey } from "../../api/flag-set-name.ts";
import { OfrepBulkAnswer, OfrepSuccess } from "../../api/ofrep.ts";
import type { FlagContext } from "../../flags/resolution.ts";
import { coordinatorOf } from "../caller.ts";
import type { AppDeps } from "../deps.ts";
import { etagsName, notModified } from "../etag.ts";
import { Consistency, Etags } from "../parameters.ts";
import type { Route } from "../route.ts";
import { NONE, READ_HEADERS, READ_PROBLEMS } from "../schemas.ts";
import { type FlagSetPlace, flagSetRead } from "./flag-set-read.ts";
import { ofrepFailure, ofrepFault, ofrepJson, ofrepResolution, ofrepStatus, ofrepText } from "./ofrep-answer.ts";
import { ofrepRoute } from "./ofrep-route.ts";
import { contextOf, FlagKey, PLACE_HEADERS, placeOf } from "./parameters.ts";
import { streamTicket } from "./stream-ticket.ts";

/** Seconds that a hidden page keeps its event stream open; OFREP's own default. */
const INACTIVITY_S = 120;
const TAG_BYTES = 12;

const PROBLEMS = [...READ_PROBLEMS, "too-large", "unsupported-media-type", "request-timeout"] as const;

/** OFREP's own parameters, and others that a client was told to send; what is not known here is passed over. */
const bulkQuery = z.object({
  consistency: Consistency.optional(),
  flagConfigEtag: z.string().optional().meta({
    description: "The etag of the event that this request follows: the answer is at least as new",
  }),
});

export const ofrepBulkRoute: Route = ofrepRoute(
  {
    method: "post",
    path: "/ofrep/v1/evaluate/flags",
    operationId: "evaluateFlags",
    summary: "Evaluate every flag of a set for one context (OFREP)",
    params: NONE,
    query: bulkQuery,
    headers: z.object({ ...PLACE_HEADERS, "if-none-match": Etags.optional() }),
    responses: {
      200: {
        description: "Every flag, those that cannot be evaluated and those that are disabled too",
        headers: {
          ...READ_HEADERS,
          etag: { description: "Of this answer to this context", schema: { type: "string" } },
        },
        content: { "application/json": { schema: OfrepBulkAnswer } },
      },
      304: { description: "The answer is still the one of If-None-Match" },
    },
    problems: PROBLEMS,
  },
  async ({ context, request, query, headers }, deps) => {
    const place = placeOf(headers);
    const about = await contextOf(request);
    const coordinator = coordinatorOf(context, deps, place.namespace);
    const {
      compiled,
      version,
      headers: how,
    } = await flagSetRead(coordinator, place, {
      consistency: query.consistency,
      atLeast: revisionOf(query.flagConfigEtag),
    });
    if (compiled.kind === "fault") return ofrepJson(ofrepFault(place.set, compiled, undefined), 400, how);
    const text = `${JSON.stringify({
      flags: compiled.evaluateAll(about).map(ofrepResolution),
      metadata: compiled.metadata,
      eventStreams: await eventStreamsOf(place, version, deps),
    })}\n`;
    const tag = await tagOf(version, about, text);
    const answer = ofrepText(text, 200, { ...how, etag: tag });
    const { "if-none-match": known } = headers;
    // A client that was told of another state than the one this answer is of gets it whole.
    const isTold = query.flagConfigEtag === undefined || query.flagConfigEtag === `${version}`;
    return known !== undefined && isTold && etagsName(known, tag) ? notModified(answer) : answer;
  },
);

export const ofrepSingleRoute: Route = ofrepRoute(
  {
    method: "post",
    path: "/ofrep/v1/evaluate/flags/{key}",
    operationId: "evaluateFlag",
    summary: "Evaluate one flag of a set for one context (OFREP)",
    params: z.strictObject({ key: FlagKey }),
    query: z.object({ consistency: Consistency.optional() }),
    headers: z.object(PLACE_HEADERS),
    responses: {
      200: {
        description: "What the flag comes to",
        headers: READ_HEADERS,
        content: { "application/json": { schema: OfrepSuccess } },
      },
    },
    problems: [...PROBLEMS, "not-found"],
  },
  async ({ context, request, params: { key }, query, headers }, deps) => {
    try {
      const place = placeOf(headers);
      const about = await contextOf(request);
      const {
        compiled,
        version,
        headers: how,
      } = await flagSetRead(coordinatorOf(context, deps, place.namespace), place, query);
      if (compiled.kind === "fault") return ofrepJson(ofrepFault(place.set, compiled, key), 400, how);
      const resolution = compiled.evaluate(key, about);
      const body = version === 0 ? withoutSet(place, ofrepResolution(resolution)) : ofrepResolution(resolution);
      return ofrepJson(body, ofrepStatus(resolution), how);
    } catch (error) {
      return ofrepFailure(error, request, deps, key);
    }
  },
);

function withoutSet({ set }: FlagSetPlace, failure: object): object {
  return { ...failure, errorDetails: `there is no flag set "${set}": nothing was put at ${flagSetKey(set)}` };
}

/** The revision that an event's etag is; undefined for one that is nobody's here. */
function revisionOf(etag: string | undefined): number | undefined {
  const revision = Number(/^[1-9]\d{0,15}$/.exec(etag ?? "")?.[0]);
  return Number.isSafeInteger(revision) ? revision : undefined;
}

/**
 * Where a change of the set after `version` is told of. Nowhere, for a binding's caller of a deployment without a token: a
 * ticket could be signed with nothing, and no stream is open to everybody.
 */
async function eventStreamsOf(
  { namespace, set }: FlagSetPlace,
  version: number,
  { access: { isOpen, rootTokens } }: AppDeps,
): Promise<readonly object[]> {
  const [secret] = rootTokens;
  if (!isOpen && secret === undefined) return [];
  const isTicketed = !isOpen && secret !== undefined;
  const ticket = isTicketed ? { ticket: await streamTicket(secret, { namespace, set }, Date.now()) } : {};
  const query = new URLSearchParams({ namespace, set, from: `${version + 1}`, ...ticket });
  const requestUri = `/ofrep/v1/events?${query.toString()}`;
  return [{ type: "sse", endpoint: { requestUri }, inactivityDelaySec: INACTIVITY_S }];
}

/**
 * Rules read the context and the clock, so the tag is of both the context and all that was answered: a client that
 * changed an attribute, or whose time has come, is never told that nothing changed.
 */
async function tagOf(version: number, about: FlagContext, answer: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", utf8Encode(`${JSON.stringify(about)}\n${answer}`));
  return `"${version}-${base64urlEncode(new Uint8Array(hash, 0, TAG_BYTES))}"`;
}
