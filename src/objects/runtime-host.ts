import type { Host } from "../network/host.ts";
import { freshId } from "./fresh-id.ts";

/** The Workers runtime as a host. `background` keeps work alive after the answer: `ctx.waitUntil`. */
export function runtimeHost(background: (work: Promise<unknown>) => void): Host {
  return {
    now: () => Date.now(),
    timer(ms, fire) {
      const timer = setTimeout(fire, ms);
      return () => clearTimeout(timer);
    },
    random() {
      const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
      return word / 2 ** 32;
    },
    freshId,
    background(work) {
      // A broken invariant must be seen; everything else is an outcome, not a throw.
      background(work.catch((error: unknown) => console.error("background work failed", error)));
    },
  };
}
