import type { Host } from "../../network/host.ts";

/** Callers that wait for something to become true. Checked when the state changes; bounded by time. */
export class Waiters {
  readonly #host: Host;
  readonly #waiting = new Set<() => void>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Resolves to true as soon as `ready`, or to what `ready` says after `ms`. */
  until(ready: () => boolean, ms: number): Promise<boolean> {
    if (ready() || ms <= 0) return Promise.resolve(ready());
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#waiting.delete(check);
        resolve(ready());
      };
      const check = () => {
        if (ready()) done();
      };
      const cancel = this.#host.timer(ms, done);
      this.#waiting.add(check);
    });
  }

  /** To be called after every change. */
  changed(): void {
    this.#waiting.forEach((check) => check());
  }
}
