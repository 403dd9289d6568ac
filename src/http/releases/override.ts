import { keyToJson } from "../../api/readable.ts";
import { isEnded } from "../../api/release.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { holdKey } from "../../rollout/documents.ts";
import type { Asker } from "../../rollout/event.ts";
import { releaseChange } from "./change.ts";
import { keyLoad, releaseLoad } from "./load.ts";
import { holderOf } from "./make.ts";

/**
 * Ends the release that holds a key which was written all the same. Should this not come through, the release finds the key
 * changed at its next step, and ends so by itself.
 */
export async function overridden(coordinator: Coordinator, key: Uint8Array, asker: Asker): Promise<void> {
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
