import type { Random } from "../random.ts";

/** Probabilities, per turn of a Durable Object, that it dies at a storage boundary. */
export interface Crashes {
  readonly lost: number;
  readonly kept: number;
  readonly inTurn: number;
}

/** What goes wrong by itself, until the world is healed. */
export class Faults {
  readonly random: Random;
  readonly crashLost: number;
  readonly crashKept: number;
  readonly crashInTurn: number;
  isActive = true;

  constructor(random: Random, { lost, kept, inTurn }: Crashes) {
    this.random = random;
    this.crashLost = lost;
    this.crashKept = kept;
    this.crashInTurn = inTurn;
  }

  crashes(probability: number): boolean {
    return this.isActive && this.random.chance(probability);
  }
}
