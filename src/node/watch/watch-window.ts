import type { MemoryBudget } from "./memory-budget.ts";

/** A frame that the other side was asked to acknowledge, with all bytes since the one before it. */
interface Mark {
  readonly token: string;
  readonly bytes: number;
}

/**
 * What was sent on one socket and not acknowledged. The runtime does not say how much it still holds (workerd has no
 * `bufferedAmount`, cloudflare/workerd issue 988), so that only the other side can tell: some frames carry a token that
 * nobody can guess, and who says it back has read everything up to there.
 *
 * All windows of a learner share a budget. A window may grow up to what is free of it, so that those who read slowly end
 * up with equal shares, and one share is left for who comes next (dynamic thresholds: Choudhury and Hahne, 1998).
 */
export class WatchWindow {
  readonly #budget: MemoryBudget;
  readonly #bytesMax: number;
  readonly #marks: Mark[] = [];
  /** Bytes since the last mark: nobody was asked to acknowledge them yet. */
  #unmarked = 0;
  #bytes = 0;
  /** When the oldest mark became the oldest. */
  #askedAt = 0;
  #acknowledgedAt = 0;
  #isClosed = false;

  constructor(budget: MemoryBudget, bytesMax: number) {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Since when the other side has been asked to acknowledge something and has not; undefined when it has. */
  get askedAt(): number | undefined {
    return this.#marks.length === 0 ? undefined : this.#askedAt;
  }

  /** When the other side last acknowledged something; 0 when it never did. */
  get acknowledgedAt(): number {
    return this.#acknowledgedAt;
  }

  /** Whether a frame may be sent. One that owes nothing may get a frame of any size, as long as anything is free. */
  get isOpen(): boolean {
    const { free } = this.#budget;
    return this.#marks.length === 0 ? free > 0 : this.#bytes < Math.min(this.#bytesMax, free);
  }

  /** Whether the next frame of so many bytes should carry a token. */
  wantsMark(bytes: number, markBytes: number): boolean {
    return this.#unmarked + bytes >= markBytes;
  }

  sent(bytes: number, token: string | undefined, now: number): void {
    if (this.#isClosed) return;
    this.#budget.take(bytes);
    this.#bytes += bytes;
    this.#unmarked += bytes;
    if (token === undefined) return;
    if (this.#marks.length === 0) this.#askedAt = now;
    this.#marks.push({ token, bytes: this.#unmarked });
    this.#unmarked = 0;
  }

  /** The frame with this token arrived, and so did everything before it. A token that was not sent says nothing. */
  acknowledged(token: string, now: number): void {
    const last = this.#marks.findIndex((mark) => mark.token === token);
    if (last < 0) return;
    const taken = this.#marks.splice(0, last + 1);
    this.#release(taken.reduce((sum, { bytes }) => sum + bytes, 0));
    this.#askedAt = now;
    this.#acknowledgedAt = now;
  }

  /** The socket is gone, and with it what it held. */
  close(): void {
    this.#isClosed = true;
    this.#marks.length = 0;
    this.#unmarked = 0;
    this.#release(this.#bytes);
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget.release(bytes);
  }
}
