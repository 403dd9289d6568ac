import type { Context } from "hono";
import { ProblemError } from "../../api/problem.ts";
import { keyToJson } from "../../api/readable.ts";
import { isEnded } from "../../api/release-state.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { holdKey } from "../../rollout/documents.ts";
import { type Releaser, releaserOf } from "./asker.ts";
import { releaseChange } from "./change.ts";
import { keyLoad, releaseLoad } from "./load.ts";
import { holderOf } from "./make.ts";

/** Who writes a key although a release holds it; undefined where nobody asks for that. Needs `release:operate`. */
export async function overridingOf(
  context: Context,
  coordinator: Coordinator,
  asked: string | undefined,
  key: Uint8Array,
): Promise<Releaser | undefined> {
  if (asked !== "release") return undefined;
  const releaser = await releaserOf(context, coordinator, [key]);
  if (releaser.asker.verbs.has("release:operate")) return releaser;
  throw new ProblemError("forbidden", "synod-override needs release:operate on the key");
}

/**
 * Ends the release that holds a key which was written all the same. Should this not come through, the release finds the key
 * changed at its next step, and ends so by itself.
 */
export async function overridden({ coordinator, asker }: Releaser, key: Uint8Array): Promise<void> {
  const named = keyToJson(key);
  const { value: hold } = await keyLoad(coordinator, holdKey(named));
  if (hold === undefined) return;
  const id = holderOf(hold.value);
  const { value } = await releaseLoad(coordinator, id);
  if (isEnded(value.release)) return;
  await releaseChange(coordinator, {
    id,
    step: undefined,
    asker,
    requestId: `override ${id} ${value.step}`,
    nowMs: Date.now(),
    event: () => ({ kind: "conflict", key: named.key, reason: `${named.key} was written by override` }),
  });
}
