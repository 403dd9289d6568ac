import type { Region } from "../../src/network/region.ts";
import { CLOCK_RATE_MAX, CLOCK_RATE_MIN, type Clock } from "./clock.ts";
import { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Place } from "./scheduler.ts";
import type { World } from "./world.ts";

/** A process in a region. It has at most one life at a time, and starts a new one when something comes for it. */
export abstract class Machine implements Place {
  readonly world: World;
  readonly name: string;
  readonly region: Region;
  readonly random: Random;
  readonly clock: Clock;
  life: Life | undefined;
  #lives = 0;
  #pausedUntil = 0;

  constructor(world: World, name: string, region: Region) {
    this.world = world;
    this.name = name;
    this.region = region;
    this.random = world.random.fork();
    const rate = this.random.between(CLOCK_RATE_MIN, CLOCK_RATE_MAX);
    this.clock = { offsetMs: 1e9 + this.random.between(-60_000, 60_000), rate };
  }

  admit(now: number): "run" | "drop" | number {
    return this.#pausedUntil > now ? this.#pausedUntil : "run";
  }

  /** Nothing happens on it for a while, as in a long garbage collection; then everything does. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.world.scheduler.now + ms);
    this.world.trace.note(this.world.scheduler.now, `paused for ${Math.round(ms)} ms`, this.name);
  }

  /** The life that is, or a new one. */
  wake(): Life {
    if (this.life !== undefined) return this.life;
    this.life = new Life(this, ++this.#lives);
    this.started(this.life);
    return this.life;
  }

  /** Ends the life, with all its memory. */
  protected end(): void {
    if (this.life !== undefined) this.life.alive = false;
    this.life = undefined;
  }

  /** Fills a new life with what it runs. */
  protected abstract started(life: Life): void;

  abstract emit(send: () => void): void;

  rest(): void {}

  abstract crash(why: string): void;
}
