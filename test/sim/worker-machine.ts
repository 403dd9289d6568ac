import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { Instance } from "./instance.ts";
import { Machine } from "./machine.ts";

/** The Worker of one region: hints and memory of who answers, lost when its isolate is. */
export class WorkerMachine extends Machine {
  #memory: Memory | undefined;
  /** Clients that wait for an answer. */
  readonly #waiting = new Set<() => void>();

  protected started(instance: Instance): void {
    this.#memory = new Memory(instance, this.region, this.deployment.limits.node);
  }

  emit(send: () => void): void {
    send();
  }

  crash(why: string): void {
    if (this.instance === undefined) return;
    const { scheduler, trace } = this.environment;
    trace.note(scheduler.now, why, this.instance.name);
    this.end();
    for (const lost of this.#waiting) lost();
    this.#waiting.clear();
  }

  /** Serves one request; `lost` when the Worker dies under it. */
  serve<T>(work: (coordinator: RequestCoordinator) => Promise<T>, reply: (outcome: T) => void, lost: () => void): void {
    const instance = this.wake();
    if (this.#memory === undefined) return;
    const { deployment } = this;
    const coordinator = new RequestCoordinator(
      instance,
      deployment.partsOf(instance),
      deployment.configuration,
      this.#memory,
    );
    this.#waiting.add(lost);
    work(coordinator).then(
      (outcome) => {
        if (instance.alive && this.#waiting.delete(lost)) reply(outcome);
      },
      (error: unknown) => instance.failed(error),
    );
  }
}
