import { signal } from "@preact/signals";
import { exactTime, relative } from "./format.ts";

const TICK_MS = 1_000;

/** Now, moving on once a second. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, TICK_MS);

/** A time as people say it, with the exact one on hover. */
export function Time({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {relative(at, now.value)}
    </time>
  );
}
