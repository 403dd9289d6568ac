import { Cron } from "croner";
import { z } from "zod";

export const FREEZES_MAX = 32;

/** A time in which nothing starts or widens: every minute that the pattern matches, in its time zone. */
export const Freeze = z
  .strictObject({
    name: z.string().min(1).max(64),
    cron: z.string().min(1).max(128),
    time_zone: z.string().min(1).max(64).default("UTC"),
  })
  .superRefine((freeze, context) => {
    const fault = freezeFault(freeze);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  })
  .meta({ id: "Freeze", description: '`{"name": "weekend", "cron": "* * * * 6,7", "time_zone": "Europe/Berlin"}`' });
export type Freeze = z.output<typeof Freeze>;

const MINUTE_MS = 60_000;

function cronOf({ cron, time_zone }: Pick<Freeze, "cron" | "time_zone">): Cron {
  return new Cron(cron, { timezone: time_zone, mode: "5-part" });
}

function freezeFault(freeze: Pick<Freeze, "cron" | "time_zone">): string | undefined {
  try {
    // A pattern that is well formed may still name a zone that does not exist: only a match tells.
    cronOf(freeze).match(new Date(0));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "not a cron pattern";
  }
}

/** The first window that holds at this time. */
export function freezeAt(freezes: readonly Freeze[], nowMs: number): Freeze | undefined {
  const minute = new Date(Math.floor(nowMs / MINUTE_MS) * MINUTE_MS);
  return freezes.find((freeze) => cronOf(freeze).match(minute));
}
