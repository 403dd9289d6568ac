import { z } from "zod";

/** How a release widens: its stages, what it watches, and who has to agree. */

export const STRATEGY_STAGES_MAX = 32;
export const STRATEGY_GUARDS_MAX = 16;
const DAY_S = 86_400;
/** Seconds of any time span of a strategy. */
const SPAN_S_MAX = 30 * DAY_S;
const REGION_NAMES_MAX = 32;
/** Characters of a JsonLogic expression as JSON. */
export const LOGIC_CHARS_MAX = 8 * 1024;

/** JSON as it is: what an expression or an attribute is made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A name as it stands in a path: a strategy, a guard, a metric. */
export const Name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "1 to 64 of letters, digits, ., _ and -");

const seconds = z.number().nonnegative().max(SPAN_S_MAX);

/** A part of all targets, in steps of 0.1 %. */
export const Share = z
  .number()
  .min(0.001)
  .max(1)
  .refine((share) => Math.abs(share * 1_000 - Math.round(share * 1_000)) < 1e-9, "a share has steps of 0.001");

/** JsonLogic, as JSON. (Not `z.json()`: its type refers to itself, which OpenAPI's generator does not survive.) */
export const Logic = z
  .unknown()
  .refine(
    (logic) => logic !== undefined && JSON.stringify(logic).length <= LOGIC_CHARS_MAX,
    `at most ${LOGIC_CHARS_MAX} characters of JSON`,
  )
  .meta({ description: "JsonLogic over targetingKey, region, colo and the target's attributes" });

export const Stage = z
  .strictObject({
    share: Share.optional().meta({ description: "The part of all targets that is exposed; never less than before" }),
    regions: z.array(Name).min(1).max(REGION_NAMES_MAX).optional(),
    segment: Logic.optional(),
    dwell_s: seconds.meta({ description: "How long the stage lasts at least" }),
  })
  .refine(
    ({ share, regions, segment }) => [share, regions, segment].filter((one) => one !== undefined).length === 1,
    "a stage has one of share, regions and segment",
  )
  .meta({ id: "Stage" });
export type Stage = z.output<typeof Stage>;

export const GUARD_ACTIONS = ["observe", "pause", "rollback"] as const;
const action = z.enum(GUARD_ACTIONS).default("rollback");
const ratio = z.number().min(1).max(100).default(1.5).meta({ description: "How much worse than the control counts" });
const alpha = z
  .number()
  .min(1e-9)
  .max(0.5)
  .default(0.001)
  .meta({ description: "The chance of a false alarm, at most" });

export const Guard = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("errors"), action, ratio, alpha }),
    z.strictObject({ kind: z.literal("metric"), name: Name, action, ratio, alpha }),
    z.strictObject({
      kind: z.literal("refusals"),
      action,
      share: z.number().min(0).max(1).default(0.001),
      first: z.int().positive().max(10_000).default(50),
    }),
    z.strictObject({ kind: z.literal("silence"), action, ratio, alpha }),
    z.strictObject({ kind: z.literal("sample_ratio"), action, alpha }),
    z.strictObject({ kind: z.literal("limit"), metric: z.enum(["error_ratio", "p99_ms"]), max: z.number(), action }),
    z.strictObject({ kind: z.literal("signal"), name: Name, action }),
    z.strictObject({ kind: z.literal("convergence"), share: Share, within_s: seconds, action }),
  ])
  .meta({ id: "Guard" });
export type Guard = z.output<typeof Guard>;

/** What is watched where a strategy names nothing: clients that cannot use the value, and clients that vanish. */
export const GUARDS_DEFAULT: readonly Guard[] = [
  { kind: "refusals", action: "rollback", share: 0.001, first: 50 },
  { kind: "silence", action: "rollback", ratio: 1.5, alpha: 0.001 },
];

function ascending(stages: readonly Stage[]): boolean {
  const shares = stages.flatMap(({ share }) => (share === undefined ? [] : [share]));
  return shares.every((share, index) => index === 0 || share >= (shares[index - 1] ?? 0));
}

export const Strategy = z
  .strictObject({
    stages: z
      .array(Stage)
      .min(1)
      .max(STRATEGY_STAGES_MAX)
      .refine(ascending, "shares may only grow from stage to stage"),
    bake_s: seconds.default(0).meta({ description: "How long all targets see it before the keys are written" }),
    guards: z.array(Guard).max(STRATEGY_GUARDS_MAX).optional(),
    approvals: z.int().min(0).max(8).default(0).meta({ description: "People besides the author who have to agree" }),
    parse_first: z
      .strictObject({ clients: z.int().positive().max(1_000_000).default(1), dwell_s: seconds.default(60) })
      .optional()
      .meta({ description: "A stage before all others, in which clients parse the values and use none of them" }),
    max_dwell_s: seconds.default(DAY_S).meta({ description: "A stage without evidence for so long is paused" }),
    silence_ms: z
      .int()
      .min(1_000)
      .max(SPAN_S_MAX * 1_000)
      .default(120_000)
      .meta({ description: "A guard that the strategy names and nobody reports to for so long withdraws the release" }),
    unit: z.enum(["target", "region", "colo"]).default("target"),
    on_disconnect: z.enum(["base", "keep"]).default("base"),
    fuse_ms: z.int().min(1_000).max(3_600_000).default(60_000),
  })
  .meta({ id: "Strategy" });
export type Strategy = z.output<typeof Strategy>;
export type StrategyInput = z.input<typeof Strategy>;
