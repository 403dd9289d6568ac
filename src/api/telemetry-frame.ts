import { z } from "zod";
import { NamespaceHealthAnswer, StatusAnswer } from "./answer.ts";
import type { Loose } from "./loose.ts";

/**
 * What a socket gets once a second that asked for it (`WatchTelemetry` in `watch-control.ts`): how the parts stand, and
 * the rounds of votes of the last seconds. Not durable, never repeated, and left out when the socket does not keep up.
 */

const VoteJson = z.object({
  region: z.string(),
  reply: z
    .enum(["waiting", "voted", "other", "chosen", "refused", "lost"])
    .meta({ description: "other: it voted for another entry; chosen: the slot was decided before; lost: no answer" }),
  ms: z.number().optional().meta({ description: "From the question to the answer" }),
});

export const RoundJson = z
  .object({
    id: z.string().meta({ description: "The same round has the same id in later frames, with more votes" }),
    from: z.string().meta({ description: "The region whose learner proposed" }),
    kind: z
      .enum(["fast", "classic", "leader"])
      .meta({ description: "leader: handed to the leader's region, which asks for the votes" }),
    slot: z.int(),
    ballot: z.int(),
    entry: z.string().meta({ description: "The id of the entry that was proposed" }),
    age_ms: z.number().meta({ description: "Since it began, when the frame was made" }),
    votes: z.array(VoteJson),
  })
  .meta({ id: "TelemetryRound" });
export type RoundJson = z.infer<typeof RoundJson>;
export type VoteJson = z.infer<typeof VoteJson>;

export const TelemetryFrame = z
  .object({
    type: z.literal("telemetry"),
    revision: z.int(),
    ack: z.string().optional(),
    region: z
      .string()
      .meta({ description: "The learner that says this: it lists as unreachable whom it can not reach" }),
    quorum: z.object({ fast: z.int(), classic: z.int(), read: z.int() }),
    compact_revision: z.int(),
    status: StatusAnswer,
    health: NamespaceHealthAnswer,
    reads: z
      .array(z.object({ region: z.string(), reads: z.int() }))
      .meta({ description: "Reads that each learner answered since it was started" }),
    rounds: z.array(RoundJson).meta({ description: "Of the last seconds, those that began first first" }),
  })
  .meta({ id: "TelemetryFrame", description: "How the parts of a namespace stand, once a second" });
export type TelemetryFrame = z.infer<typeof TelemetryFrame>;

/** `type` and `revision` first, as in every frame. */
export function telemetryFrame(frame: Loose<Omit<TelemetryFrame, "type" | "ack">>): string {
  return JSON.stringify({ type: "telemetry", ...frame });
}
