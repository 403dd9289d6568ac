import type { Contended } from "./contended.ts";
import type { LoneResult } from "./lone.ts";
import type { WatchDelay } from "./watch.ts";

/** All that one run of `bench:wan` measured; undefined: left out by its options. */
export interface WanResult {
  readonly lone: LoneResult | undefined;
  readonly watch: readonly WatchDelay[] | undefined;
  readonly contended: readonly Contended[];
}
