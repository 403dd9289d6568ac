import type { Revision } from "../../api/key-value.ts";
import { watchFrameProgress, watchFrameStale } from "../../api/watch-frame.ts";
import { type Frame, frameOf } from "./frame.ts";
import type { WatchLimits } from "./watch-limits.ts";

/** How often it is looked whether the learner has become stale, as a part of the time it may take for that. */
const LOOKS = 2;

interface Host {
  now(): number;
  timer(ms: number, fire: () => void): () => void;
}

/**
 * What watches are told that asked for progress: every so often that they were told everything, or that the learner may
 * have missed something, the latter at once when it becomes so. While any such watch is there, the object stays awake.
 */
export class WatchNotices {
  readonly #host: Host;
  readonly #limits: WatchLimits;
  /** Milliseconds since the start of the last quorum read; undefined when there was none. */
  readonly #lagMs: () => number | undefined;
  readonly #tell: (isStaleNews: boolean, isDue: boolean) => boolean;
  #isRunning = false;
  /** Since when there has been a watch to look after: only from then on does the learner ask a quorum by itself. */
  #since = 0;
  #toldAt = 0;
  #wasStale = false;
  #isWithheld = false;

  /** `tell` notifies all watches that asked for it; false: there are none any more. */
  constructor(
    host: Host,
    limits: WatchLimits,
    lagMs: () => number | undefined,
    tell: (isStaleNews: boolean, isDue: boolean) => boolean,
  ) {
    this.#host = host;
    this.#limits = limits;
    this.#lagMs = lagMs;
    this.#tell = tell;
  }

  /** There is a watch to look after. */
  begin(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#since = this.#host.now();
    this.#toldAt = this.#since;
    this.#wasStale = false;
    this.#next();
  }

  /** For a watch that was told everything up to `revision`; undefined while the learner finds out what it missed. */
  frame(revision: Revision): Frame | undefined {
    const lagMs = this.#lagMs();
    if (!this.#isBehind) return frameOf(watchFrameProgress(revision, lagMs));
    if (this.#isStale) return frameOf(watchFrameStale(revision, lagMs));
    this.#isWithheld = true;
    return undefined;
  }

  get #isBehind(): boolean {
    return (this.#lagMs() ?? Number.POSITIVE_INFINITY) > this.#limits.staleMs;
  }

  /** It has tried for long enough, and still has no quorum read to show that it is up to date. */
  get #isStale(): boolean {
    return this.#isBehind && this.#host.now() - this.#since > this.#limits.staleMs;
  }

  #next(): void {
    const { staleMs, progressMs } = this.#limits;
    this.#host.timer(Math.min(staleMs / LOOKS, progressMs), () => this.#look());
  }

  #look(): void {
    const isStale = this.#isStale;
    const isNews = isStale && !this.#wasStale;
    const isLate = this.#isWithheld && !this.#isBehind;
    const isDue = isLate || this.#host.now() - this.#toldAt >= this.#limits.progressMs;
    this.#wasStale = isStale;
    this.#isWithheld &&= !isLate;
    if (isDue) this.#toldAt = this.#host.now();
    this.#isRunning = this.#tell(isNews, isDue);
    if (this.#isRunning) this.#next();
  }
}
