import type { Random } from "../random.ts";

/** Where an event happens: one machine, or one instance of it. */
export interface Place {
  /** Whether an event may happen now: `run` it, `drop` it (whoever waited is dead), or put it off until a time. */
  admit(now: number): "run" | "drop" | number;
  /** Called once everything that the event set in motion has come to rest. */
  rest(): void;
}

export interface Scheduled {
  at: number;
  readonly tie: number;
  readonly place: Place;
  /** undefined: cancelled. */
  run: (() => void) | undefined;
}

/** Events between which the real event loop gets a turn, so that the test runner is not starved. */
const EVENTS_PER_BREATH = 20_000;

/**
 * Virtual time. Events run one at a time, in order of time and, at equal times, of a seeded tie-break.
 *
 * After each event all microtasks are drained: the next event is started by a `nextTick` that a microtask asks for,
 * and Node runs those only when no microtask is left. That costs a quarter of a microsecond and no timer.
 */
export class Scheduler {
  now = 0;
  events = 0;
  readonly #heap: Scheduled[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  at(time: number, place: Place, run: () => void): Scheduled {
    const event: Scheduled = { at: Math.max(time, this.now), tie: this.#random.word(), place, run };
    this.#push(event);
    return event;
  }

  after(ms: number, place: Place, run: () => void): Scheduled {
    return this.at(this.now + ms, place, run);
  }

  /** Runs until `done` says so, or nothing is left to happen before `until`. Rejects with what an event throws. */
  run(until: number, done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let resting: Place | undefined;
      let breath = EVENTS_PER_BREATH;
      const tick = () => {
        try {
          resting?.rest();
          resting = undefined;
          if (done()) return resolve();
          const event = this.#next(until);
          if (event === undefined) {
            this.now = Math.max(this.now, until);
            return resolve();
          }
          this.now = event.at;
          this.events++;
          resting = event.place;
          event.run?.();
          if (--breath > 0) return queueMicrotask(again);
          breath = EVENTS_PER_BREATH;
          setImmediate(tick);
        } catch (error) {
          reject(error);
        }
      };
      const again = () => process.nextTick(tick);
      process.nextTick(tick);
    });
  }

  #next(until: number): Scheduled | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > until) return undefined;
      this.#pop();
      if (first.run === undefined) continue;
      const admitted = first.place.admit(first.at);
      if (admitted === "run") return first;
      if (admitted === "drop") continue;
      first.at = admitted;
      this.#push(first);
    }
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, heap[parent] as Scheduled)) break;
      heap[index] = heap[parent] as Scheduled;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Scheduled;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Scheduled, heap[child] as Scheduled)) child++;
      if (!before(heap[child] as Scheduled, last)) break;
      heap[index] = heap[child] as Scheduled;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}
