import { WATCH_UNCONFIRMED_CHARS_MAX } from "../../api/limits.ts";

/** Frames are counted together until they are so many characters, so that counting stays small. */
const CHUNK_CHARS = WATCH_UNCONFIRMED_CHARS_MAX / 64;

/**
 * How much of what was sent on a socket may not have arrived. The runtime does not say how much it still holds
 * (workerd has no `bufferedAmount`, cloudflare/workerd issue 988), so that only the other side can tell.
 */
export class WatchWindow {
  readonly #chunks: { frames: number; chars: number; sentAt: number }[] = [];
  #chars = 0;

  get isFull(): boolean {
    return this.#chars >= WATCH_UNCONFIRMED_CHARS_MAX;
  }

  sent(chars: number, now: number): void {
    this.#chars += chars;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.chars >= CHUNK_CHARS) this.#chunks.push({ frames: 1, chars, sentAt: now });
    else {
      last.frames += 1;
      last.chars += chars;
      last.sentAt = now;
    }
  }

  /** So many more frames arrived. What was sent before an eviction is not known any more, and not counted. */
  confirmFrames(frames: number): void {
    let left = frames;
    for (let chunk = this.#chunks[0]; chunk !== undefined && left > 0; chunk = this.#chunks[0]) {
      const taken = Math.min(left, chunk.frames);
      left -= taken;
      chunk.frames -= taken;
      if (chunk.frames > 0) return;
      this.#chars -= chunk.chars;
      this.#chunks.shift();
    }
  }

  /** Whatever was sent before `at` arrived. */
  confirmBefore(at: number): void {
    for (let chunk = this.#chunks[0]; chunk !== undefined && chunk.sentAt < at; chunk = this.#chunks[0]) {
      this.#chars -= chunk.chars;
      this.#chunks.shift();
    }
  }
}
