import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { Life } from "./life.ts";
import { Machine } from "./machine.ts";

/** The Worker of one region: hints and memory of who answers, lost when its isolate is. */
export class WorkerMachine extends Machine {
  #memory: Memory | undefined;
  /** Clients that wait for an answer. */
  readonly #waiting = new Set<() => void>();

  protected started(life: Life): void {
    this.#memory = new Memory(life, this.region);
  }

  emit(send: () => void): void {
    send();
  }

  crash(why: string): void {
    if (this.life === undefined) return;
    this.world.trace.note(this.world.scheduler.now, why, this.life.name);
    this.end();
    for (const lost of this.#waiting) lost();
    this.#waiting.clear();
  }

  /** Serves one request; `lost` when the Worker dies under it. */
  serve<T>(work: (coordinator: RequestCoordinator) => Promise<T>, reply: (outcome: T) => void, lost: () => void): void {
    const life = this.wake();
    if (this.#memory === undefined) return;
    const { world } = this;
    const coordinator = new RequestCoordinator(life, world.partsOf(life), world.configuration, this.#memory);
    this.#waiting.add(lost);
    work(coordinator).then(
      (outcome) => {
        if (life.alive && this.#waiting.delete(lost)) reply(outcome);
      },
      (error: unknown) => life.failed(error),
    );
  }
}
