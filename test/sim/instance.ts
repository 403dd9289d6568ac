import type { Host } from "../../src/network/host.ts";
import type { Region } from "../../src/network/region.ts";
import type { Random } from "../random.ts";
import { type Clock, clockShows } from "./clock.ts";
import { SimulatedCrash } from "./disk.ts";
import type { Environment } from "./environment.ts";
import type { Place } from "./scheduler.ts";

export type Role = "acceptor" | "learner" | "leader" | "worker" | "register";

/** The machine that an instance runs on. */
export interface InstanceHome extends Place {
  readonly environment: Environment;
  readonly role: Role;
  readonly name: string;
  readonly region: Region;
  readonly random: Random;
  readonly clock: Clock;

  /** Sends at once, or when what was written before is durable. */
  emit(send: () => void): void;
}

/**
 * One running instance of a machine, from its start to its crash or eviction: memory, timers, calls under way. What
 * belongs to an instance that is over never happens.
 */
export class Instance implements Host, Place {
  readonly machine: InstanceHome;
  readonly name: string;
  alive = true;

  constructor(machine: InstanceHome, number: number) {
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
  readonly now = (): number => clockShows(this.machine.clock, this.machine.environment.scheduler.now);

  readonly timer = (ms: number, fire: () => void): (() => void) => {
    const event = this.machine.environment.scheduler.after(Math.max(0, ms) / this.machine.clock.rate, this, fire);
    return () => {
      event.run = undefined;
    };
  };

  readonly random = (): number => this.machine.random.next();

  readonly freshId = (): string => this.machine.environment.freshId(this.machine.random);

  readonly background = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => this.failed(error));
  };

  /** Nothing that a part throws is an outcome: it is a bug, unless the machine was killed under it. */
  failed(error: unknown): void {
    if (error instanceof SimulatedCrash || !this.alive) return;
    this.machine.environment.failed(error);
  }

  /** A message leaves the machine: at once, or when what was written before is durable. */
  emit(send: () => void): void {
    if (this.alive) this.machine.emit(send);
  }
}
