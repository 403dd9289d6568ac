import { z } from "zod";
import { Name } from "./strategy.ts";

/** What a client says of itself, once in a window while a release is shown, and at once when it can not use a value. */

const count = z.int().nonnegative().max(1_000_000_000);

/** A client's counters of one window. */
const Metric = z.strictObject({
  units: count.meta({ description: "Requests in the window; 0: the client lives and had none" }),
  errors: count,
  bad: z.boolean().meta({ description: "More errors than this client usually has" }),
  p99_ms: z.number().nonnegative().optional(),
  baseline: z
    .strictObject({ units: count, bad: count })
    .optional()
    .meta({ description: "Its windows of the ten minutes before, and how many of these were bad" }),
});

export const METRICS_MAX = 16;

export const ClientReport = z
  .strictObject({
    client: z.string().min(1).max(128).meta({ description: "The same in every report of one client" }),
    region: z.string().max(32).optional(),
    version: z.string().max(64).optional(),
    applied: z.int().nonnegative().meta({ description: "The newest revision that the client works with" }),
    releases: z
      .array(
        z.strictObject({
          id: z.string().max(32),
          step: z.int().nonnegative(),
          exposed: z.boolean(),
          parsed: z.boolean().optional().meta({ description: "It parsed all values of the release" }),
          refused: z.string().max(500).optional().meta({ description: "Why it can not use a value" }),
        }),
      )
      .max(64),
    metrics: z
      .record(Name, Metric)
      .refine((metrics) => Object.keys(metrics).length <= METRICS_MAX, `at most ${METRICS_MAX} metrics`)
      .default({}),
    bye: z.boolean().optional().meta({ description: "It stops on purpose, and will not be missed" }),
  })
  .meta({ id: "ClientReport" });
export type ClientReport = z.output<typeof ClientReport>;
