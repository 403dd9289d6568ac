/**
 * How often a password may be wrong: a slow hash is work that anybody can ask for. What is remembered is of one process,
 * and no more than so many users.
 */

/** Wrong tries in a row, of one user and of all; … */
const USER_TRIES = 20;
const ALL_TRIES = 100;
/** … and milliseconds until there is another. */
const USER_MS = 2_000;
const ALL_MS = 200;
const USERS_MAX = 1_000;

/** A bucket: so many tries are left, as of a time. */
interface Bucket {
  left: number;
  at: number;
}

export class Tries {
  readonly #all: Bucket = { left: ALL_TRIES, at: 0 };
  readonly #users = new Map<string, Bucket>();

  /** Takes a try, if there is one. `back` gives it back: the password was right. */
  take(user: string, nowMs: number): { readonly back: () => void } | undefined {
    const one = this.#of(user, nowMs);
    refill(one, nowMs, USER_TRIES, USER_MS);
    refill(this.#all, nowMs, ALL_TRIES, ALL_MS);
    if (one.left < 1 || this.#all.left < 1) return undefined;
    one.left--;
    this.#all.left--;
    return {
      back: () => {
        one.left++;
        this.#all.left++;
      },
    };
  }

  /** Of too many users, those that tried longest ago are forgotten. */
  #of(user: string, nowMs: number): Bucket {
    const known = this.#users.get(user) ?? { left: USER_TRIES, at: nowMs };
    this.#users.delete(user);
    this.#users.set(user, known);
    const [oldest] = this.#users.keys();
    if (this.#users.size > USERS_MAX && oldest !== undefined) this.#users.delete(oldest);
    return known;
  }
}

function refill(bucket: Bucket, nowMs: number, most: number, msEach: number): void {
  bucket.left = Math.min(most, bucket.left + Math.max(0, nowMs - bucket.at) / msEach);
  bucket.at = nowMs;
}
