/** A clock that is wrong, and drifts. */
export interface Clock {
  readonly offsetMs: number;
  readonly rate: number;
}

/** How fast and how slow simulated clocks are, of true time. */
export const CLOCK_RATE_MAX = 1.02;
export const CLOCK_RATE_MIN = 0.98;

export function clockShows({ offsetMs, rate }: Clock, trueMs: number): number {
  return Math.floor(offsetMs + trueMs * rate);
}
