import { InvariantViolation } from "../core/invariant.ts";
import type { Host } from "../network/host.ts";

/** What must never happen, and did. */
export interface Alarm {
  /** `invariant`: a rule of the protocol was broken. `digest`: learners hold different states at one slot. */
  readonly kind: "invariant" | "digest";
  readonly detail: string;
  /** When it was raised, by this part's clock. */
  readonly atMs: number;
}

const KEPT = 16;

/** The alarms of one part, told to the log once each, and kept in memory for its status. */
export class Alarms {
  readonly #now: () => number;
  readonly #log: (alarm: Alarm) => void;
  readonly #raised = new Map<string, Alarm>();

  constructor(now: () => number, log: (alarm: Alarm) => void) {
    this.#now = now;
    this.#log = log;
  }

  raise(kind: Alarm["kind"], detail: string): void {
    const name = `${kind} ${detail}`;
    if (this.#raised.has(name)) return;
    const alarm = { kind, detail, atMs: this.#now() };
    this.#raised.set(name, alarm);
    for (const oldest of this.#raised.keys()) {
      if (this.#raised.size <= KEPT) break;
      this.#raised.delete(oldest);
    }
    this.#log(alarm);
  }

  get all(): readonly Alarm[] {
    return [...this.#raised.values()];
  }

  /** Runs `work`. A broken invariant is told of and goes on its way: nobody catches it to carry on. */
  async guard<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (cause instanceof InvariantViolation) this.raise("invariant", cause.message);
      throw error;
    }
  }

  /** The same host, whose background work is guarded. */
  guarding(host: Host): Host {
    return {
      now: () => host.now(),
      timer: (ms, fire) => host.timer(ms, fire),
      random: () => host.random(),
      freshId: () => host.freshId(),
      background: (work) => host.background(this.guard(() => work)),
    };
  }
}
