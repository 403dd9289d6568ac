import { z } from "zod";
import { Finding, Release, StagedChange, Transition, Verdict } from "./release.ts";
import { Strategy } from "./strategy.ts";

/** JSON bodies of answers about releases. */

export const ReleaseAnswer = Release.extend({
  step: z.int().meta({ description: "The release's revision: send it as If-Match with a transition" }),
  share: z.number().meta({ description: "The part of all targets that sees it, as far as its stages have a share" }),
  revision: z.int(),
}).meta({ id: "ReleaseAnswer" });
export type ReleaseAnswer = z.infer<typeof ReleaseAnswer>;

export const ReleasesAnswer = z
  .object({
    revision: z.int(),
    region: z.string().meta({ description: "Where the caller is, for stages that go by region" }),
    releases: z.array(ReleaseAnswer),
  })
  .meta({ id: "ReleasesAnswer" });

export const StagedAnswer = z
  .object({ revision: z.int(), id: z.string(), changes: z.array(StagedChange) })
  .meta({ id: "StagedAnswer" });

const Value = z.object({ bytes: z.int(), contentType: z.string().optional(), text: z.string().optional() });

export const PlanAnswer = z
  .object({
    revision: z.int(),
    diff: z.array(
      z.object({
        key: z.string(),
        key_encoding: z.literal("base64").optional(),
        change: z.enum(["create", "update", "delete", "none"]),
        before: Value.optional(),
        after: Value.optional(),
      }),
    ),
    findings: z.array(Finding),
    conflicts: z.array(z.object({ key: z.string(), release: z.string() })),
    digest: z.string(),
    strategy: Strategy,
    stages: z
      .array(z.object({ stage: z.int(), exposed: z.int().nullable() }))
      .meta({ description: "How many of the given targets each stage exposes; null where shares do not tell" }),
  })
  .meta({ id: "PlanAnswer" });

/** Clients that report on a release. */
export const ReleaseClients = z
  .object({
    exposed: z.int().meta({ description: "Those that see it" }),
    control: z.int(),
    refused: z.int().meta({ description: "Those that can not use a value" }),
    parsed: z.int(),
    converged: z
      .number()
      .optional()
      .meta({ description: "The part that applied the newest step; absent: nobody reports" }),
  })
  .meta({ id: "ReleaseClients" });
export type ReleaseClients = z.infer<typeof ReleaseClients>;

export const HealthAnswer = z
  .object({
    revision: z.int(),
    step: z.int(),
    state: z.string(),
    verdicts: z.array(Verdict),
    clients: ReleaseClients.optional().meta({ description: "Absent while nobody is shown anything" }),
    transitions: z.array(Transition),
  })
  .meta({ id: "ReleaseHealthAnswer" });

export const EffectiveAnswer = z
  .object({
    revision: z.int(),
    key: z.string(),
    source: z.enum(["base", "staged"]),
    value: z.string().nullable().meta({ description: "null: the target sees no such key" }),
    value_encoding: z.literal("base64").optional(),
    content_type: z.string().optional(),
    mod_revision: z.int().meta({ description: "Of the key; 0: there is none" }),
    exposed: z.boolean(),
    release: z
      .object({ id: z.string(), step: z.int(), state: z.string(), stage: z.int().nullable() })
      .optional()
      .meta({ description: "The release that holds the key and shows it to some" }),
    bucket: z.int().optional(),
    rule: z.string().meta({ description: "Which rule decided, in words" }),
  })
  .meta({ id: "EffectiveAnswer" });

export const StrategyAnswer = Strategy.extend({
  name: z.string(),
  preset: z.boolean(),
  mod_revision: z.int().meta({ description: "0: a preset" }),
}).meta({ id: "StrategyAnswer" });
