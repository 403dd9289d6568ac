import { z } from "zod";
import { FREEZES_MAX, Freeze } from "./freeze.ts";

/** What of a namespace's settings is about releases. */
const Settings = z.looseObject({ freezes: z.array(Freeze).max(FREEZES_MAX).optional() });

/** The freeze windows of a settings document; none where there is no such document. */
export function freezesOf(settings: unknown): readonly Freeze[] {
  return Settings.safeParse(settings).data?.freezes ?? [];
}
