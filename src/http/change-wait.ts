import type { Revision } from "../api/key-value.ts";
import { watchFrameHead } from "../api/watch-frame.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import { WatchBridge } from "./watch-bridge.ts";

/** `changed`: at `revision`, or some time before it that is compacted away. Else nothing up to `revision`. */
export interface ChangeWaited {
  readonly changed: boolean;
  readonly revision: Revision;
}

/**
 * Waits until `key` changes after the revision `since`, which may have happened already, or until `waitMs` are over: a
 * watch that tells its first change. Undefined when no learner can be reached.
 */
export async function changeWait(
  coordinator: Coordinator,
  { key, since, waitMs }: { readonly key: Uint8Array; readonly since: Revision | undefined; readonly waitMs: number },
  signal: AbortSignal | undefined,
): Promise<ChangeWaited | undefined> {
  const until = Date.now() + waitMs;
  const from = since === undefined ? undefined : since + 1;
  const bridge = new WatchBridge(coordinator, { key, from, progress: true }, { resumes: true });
  const close = () => bridge.close();
  signal?.addEventListener("abort", close, { once: true });
  try {
    let frame = await bridge.open();
    while (frame !== undefined || bridge.end === undefined) {
      const head = frame === undefined ? undefined : watchFrameHead(frame);
      if (head?.type === "events" || head?.type === "cancelled") return { changed: true, revision: head.revision };
      const leftMs = until - Date.now();
      if (leftMs <= 0) return { changed: false, revision: bridge.through };
      if (frame === undefined) await bridge.news(leftMs);
      frame = bridge.take();
    }
    return undefined;
  } finally {
    signal?.removeEventListener("abort", close);
    bridge.close();
  }
}
