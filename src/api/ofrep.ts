import { z } from "zod";

/**
 * Bodies of the OpenFeature Remote Evaluation Protocol (OFREP, version 0.3 of its OpenAPI document). What is not known
 * here is passed over, so that newer clients work.
 */

/** One that the protocol does not list is never sent, but for the reason DEFAULT, which flagd sends too. */
const OFREP_REASONS = ["STATIC", "TARGETING_MATCH", "DEFAULT", "DISABLED"] as const;
export const OFREP_ERROR_CODES = [
  "FLAG_NOT_FOUND",
  "PARSE_ERROR",
  "INVALID_CONTEXT",
  "TYPE_MISMATCH",
  "GENERAL",
] as const;

const OfrepContext = z.record(z.string(), z.unknown()).meta({
  description: "Attributes that targeting rules read; `targetingKey` names the subject",
  example: { targetingKey: "user-123", email: "user@example.com" },
});

export const OfrepRequest = z.looseObject({ context: OfrepContext.optional() }).meta({ id: "OfrepRequest" });

const metadata = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .meta({ description: "The flag's own, over its set's; `version` is the revision that wrote the set" });

export const OfrepSuccess = z
  .object({
    key: z.string(),
    value: z.unknown().optional().meta({ description: "Absent: the caller's own default" }),
    reason: z.enum(OFREP_REASONS),
    variant: z.string().optional(),
    metadata,
  })
  .meta({ id: "OfrepSuccess" });

export const OfrepFailure = z
  .object({
    key: z.string().optional().meta({ description: "Absent where no single flag was asked for" }),
    errorCode: z.enum(OFREP_ERROR_CODES),
    errorDetails: z.string(),
    metadata: metadata.optional(),
  })
  .meta({ id: "OfrepFailure" });
export type OfrepFailure = z.infer<typeof OfrepFailure>;

export const OfrepEventStream = z
  .object({
    type: z.literal("sse"),
    endpoint: z.object({
      requestUri: z.string().meta({ description: "Path and query, at the origin that evaluated" }),
    }),
    inactivityDelaySec: z.int(),
  })
  .meta({ id: "OfrepEventStream" });

export const OfrepBulkAnswer = z
  .object({
    flags: z.array(z.union([OfrepSuccess, OfrepFailure])),
    metadata,
    eventStreams: z.array(OfrepEventStream),
  })
  .meta({ id: "OfrepBulkAnswer" });

/** The data of an event: evaluations are to be fetched anew, with `etag` as `flagConfigEtag`. */
export const OfrepEvent = z
  .object({ type: z.literal("refetchEvaluation"), etag: z.string() })
  .meta({ id: "OfrepEvent" });
export type OfrepEvent = z.infer<typeof OfrepEvent>;
