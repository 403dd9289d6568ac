import { keyName } from "../../api/overlay.ts";
import { ProblemError } from "../../api/problem.ts";
import { keyValueToJson } from "../../api/readable.ts";
import type { ReleaseInput, StagedChange } from "../../api/release.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { bytesOfKey } from "../../rollout/operations.ts";
import { inverseOf } from "../../rollout/plan.ts";
import { presetOf } from "../../rollout/presets.ts";
import { type Ask, type Changed, releaseChange } from "./change.ts";
import { type Creation, releaseCreate } from "./create.ts";
import { keyLoad, releaseLoad } from "./load.ts";

/**
 * Undoes a completed release by another one, with what its keys were just before it was written, shown to all at once. The
 * first release says afterwards which one undid it.
 */
export async function releaseRevert(
  coordinator: Coordinator,
  by: Omit<Ask, "event" | "asker"> & Pick<Creation, "asker">,
  reason: string | undefined,
): Promise<Changed> {
  const { value: loaded } = await releaseLoad(coordinator, by.id);
  const { release, step } = loaded;
  if (release.state !== "completed") {
    throw new ProblemError("release-state", `a release that is ${release.state} has no revert; completed ones have`);
  }
  // Its completion wrote document and keys at one revision.
  const before = await Promise.all(
    release.changes.map(async (change): Promise<readonly [string, StagedChange] | undefined> => {
      const { value } = await keyLoad(coordinator, bytesOfKey(change), step - 1);
      if (value === undefined) return undefined;
      const { key, key_encoding, value: text, value_encoding, content_type } = keyValueToJson(value);
      return [keyName(change), { key, key_encoding, value: text, value_encoding, content_type }];
    }),
  );
  const known = new Map(before.filter((one) => one !== undefined));
  const input: ReleaseInput = {
    changes: inverseOf(release, known, keyName).map(({ value, ...one }) =>
      value === undefined ? { key: one.key, key_encoding: one.key_encoding, delete: true as const } : { ...one, value },
    ),
    strategy: presetOf("AllAtOnce") ?? release.strategy,
    note: reason ?? `reverts ${release.id}`,
  };
  const made = await releaseCreate(coordinator, input, { ...by, reverts: release.id });
  const event = { kind: "revert", by: made.release.id, reason } as const;
  await releaseChange(coordinator, { ...by, requestId: `${by.requestId} revert`, event: () => event });
  return made;
}
