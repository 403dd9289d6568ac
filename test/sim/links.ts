import type { Region } from "../../src/network/region.ts";
import { roundTripMs } from "../../src/network/round-trip.ts";
import type { Random } from "../random.ts";

/** Faults that a whole run has. Probabilities are per message. */
export interface FaultProfile {
  readonly loss: number;
  readonly duplicate: number;
  /** Each delay is stretched by up to this factor, so that messages overtake one another. */
  readonly jitter: number;
  /** Probability that a delivery takes seconds. */
  readonly straggle: number;
}

const CALM: FaultProfile = { loss: 0, duplicate: 0, jitter: 0.05, straggle: 0 };
/** Messages inside a region are lost this much less often. */
const LOCAL_LOSS = 0.2;
const STRAGGLE_MS = 4_000;

/** The wide area between regions: how long a message takes, whether it comes at all, and how often. */
export class Links {
  readonly #random: Random;
  readonly #profile: FaultProfile;
  readonly #blocked = new Map<string, number>();
  readonly #slow = new Map<string, number>();
  readonly #down = new Map<Region, number>();
  #healed = false;

  constructor(random: Random, profile: FaultProfile) {
    this.#random = random;
    this.#profile = profile;
  }

  /** One way only: `from` is not heard by `to`. Faults may overlap; each is lifted once. */
  block(from: Region, to: Region, by: 1 | -1): void {
    bump(this.#blocked, `${from}>${to}`, by);
  }

  slow(from: Region, to: Region, by: 1 | -1): void {
    bump(this.#slow, `${from}>${to}`, by);
  }

  down(region: Region, by: 1 | -1): void {
    bump(this.#down, region, by);
  }

  /** Perfect profile from now on. */
  heal(): void {
    this.#healed = true;
    this.#blocked.clear();
    this.#slow.clear();
    this.#down.clear();
  }

  connects(from: Region, to: Region): boolean {
    if ((this.#down.get(from) ?? 0) > 0 || (this.#down.get(to) ?? 0) > 0) return false;
    return (this.#blocked.get(`${from}>${to}`) ?? 0) <= 0;
  }

  /** One message's delays, one for each time it is delivered; none: it is lost. */
  fate(from: Region, to: Region): readonly number[] {
    const { loss, duplicate } = this.#now;
    if (!this.connects(from, to)) return [];
    if (this.#random.chance(from === to ? loss * LOCAL_LOSS : loss)) return [];
    if (!this.#random.chance(duplicate)) return [this.delay(from, to)];
    return [this.delay(from, to), this.delay(from, to) + this.#random.exponential(200)];
  }

  delay(from: Region, to: Region): number {
    const { jitter, straggle } = this.#now;
    const oneWay = roundTripMs(from, to) / 2;
    const factor = (this.#slow.get(`${from}>${to}`) ?? 0) > 0 ? 8 : 1;
    const late = this.#random.chance(straggle) ? this.#random.next() * STRAGGLE_MS : 0;
    return oneWay * factor * (1 + jitter * this.#random.next()) + late;
  }

  get #now(): FaultProfile {
    return this.#healed ? CALM : this.#profile;
  }
}

function bump<Key>(map: Map<Key, number>, key: Key, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}
