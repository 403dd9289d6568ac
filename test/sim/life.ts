import type { Host } from "../../src/network/host.ts";
import { clockShows } from "./clock.ts";
import { SimulatedCrash } from "./disk.ts";
import type { Machine } from "./machine.ts";
import type { Place } from "./scheduler.ts";

/**
 * One life of a machine, from its start to its crash or eviction: memory, timers, calls under way. Whatever belongs to
 * a life that is over never happens.
 */
export class Life implements Host, Place {
  readonly machine: Machine;
  readonly name: string;
  alive = true;

  constructor(machine: Machine, number: number) {
    this.machine = machine;
    this.name = `${machine.name}#${number}`;
  }

  admit(now: number): "run" | "drop" | number {
    return this.alive ? this.machine.admit(now) : "drop";
  }

  rest(): void {
    this.machine.rest();
  }

  // Arrow properties, because the parts take functions off their host.
  readonly now = (): number => clockShows(this.machine.clock, this.machine.world.scheduler.now);

  readonly timer = (ms: number, fire: () => void): (() => void) => {
    const event = this.machine.world.scheduler.after(Math.max(0, ms) / this.machine.clock.rate, this, fire);
    return () => {
      event.run = undefined;
    };
  };

  readonly random = (): number => this.machine.random.next();

  readonly freshId = (): string => this.machine.world.freshId(this.machine.random);

  readonly background = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => this.failed(error));
  };

  /** Nothing that a part throws is an outcome: it is a bug, unless the machine was killed under it. */
  failed(error: unknown): void {
    if (error instanceof SimulatedCrash || !this.alive) return;
    this.machine.world.failed(error);
  }

  /** Something leaves the machine: at once, or when what was written before is durable. */
  emit(send: () => void): void {
    if (this.alive) this.machine.emit(send);
  }
}
