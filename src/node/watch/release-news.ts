import type { WatchEvent } from "../../api/key-value.ts";
import type { ReleaseNews } from "../../api/watch-frame.ts";
import { RELEASES, releaseOf } from "../../rollout/documents.ts";
import { isSystemKey, systemPath } from "../../state/system-space.ts";

/** Whether an event is a transition of a release. */
export function isReleaseEvent({ kind, kv }: WatchEvent): boolean {
  return kind === "put" && isSystemKey(kv.key) && systemPath(kv.key).startsWith(RELEASES);
}

/** Events of keys, and the releases among them: without their values, which do not change. */
export function releasesApart(events: readonly WatchEvent[]): {
  readonly keys: readonly WatchEvent[];
  readonly releases: readonly ReleaseNews[];
} {
  const releases = events.filter(isReleaseEvent).flatMap(({ kv }): readonly ReleaseNews[] => {
    const found = releaseOf(kv);
    return found === undefined ? [] : [{ mod_revision: found.step, release: found.release }];
  });
  return { keys: events.filter((event) => !isReleaseEvent(event)), releases };
}
