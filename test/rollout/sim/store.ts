import { type Release } from "../../../src/api/release.ts";
import { isEnded } from "../../../src/api/release-state.ts";
import type { Asker, ReleaseEvent } from "../../../src/rollout/event.ts";
import type { Freeze } from "../../../src/rollout/freeze.ts";
import { transition } from "../../../src/rollout/transition.ts";

/** Ways in which a store or a conductor would be wrong; each has to be caught. */
export type Twin = "none" | "no-compare" | "one-yes" | "writes-anyway" | "reshuffles";

/** The log, as far as releases see it: every change compares the release's step, and a completion every key. */
export class Store {
  readonly #twin: Twin;
  revision = 10;
  release: Release;
  step: number;
  readonly keys: Map<string, number>;
  /** The release at each of its steps. */
  readonly history: { readonly step: number; readonly release: Release; readonly atMs: number }[] = [];

  constructor(release: Release, twin: Twin) {
    this.#twin = twin;
    this.keys = new Map(release.changes.map(({ key, base_mod_revision }) => [key, base_mod_revision]));
    this.release = release;
    this.step = ++this.revision;
    this.history.push({ step: this.step, release, atMs: 0 });
  }

  /** A completion wrote over what somebody else had written. */
  overwrote = false;
  readonly #writes: { readonly key: string; readonly atMs: number }[] = [];

  /** A key that was not as the release was made on, at some time. */
  movedAt(atMs: number): string | undefined {
    return this.#writes.find((write) => write.atMs <= atMs)?.key;
  }

  /** Somebody writes a key that the release holds. */
  write(key: string, atMs: number): void {
    this.keys.set(key, ++this.revision);
    this.#writes.push({ key, atMs });
  }

  /** One transition, decided on `seen` and stored only if that is what is there. @returns whether it was. */
  propose(
    seen: { readonly release: Release; readonly step: number; readonly moved: string | undefined },
    event: ReleaseEvent,
    asker: Asker,
    around: {
      readonly nowMs: number;
      readonly atMs: number;
      readonly freezes: readonly Freeze[];
      readonly learners: number;
    },
  ): boolean {
    const { step, moved } = seen;
    const learners = this.#twin === "one-yes" ? 1 : around.learners;
    const outcome = transition(seen.release, event, asker, { ...around, learners, step, moved });
    if (outcome.kind === "refused") return false;
    if (step !== this.step && this.#twin !== "no-compare") return false;
    if (outcome.effect === "write-keys") {
      this.overwrote = this.movedAt(around.atMs) !== undefined;
      if (this.overwrote && this.#twin !== "writes-anyway") return false;
      this.revision++;
      for (const key of this.keys.keys()) this.keys.set(key, this.revision);
    } else this.revision++;
    this.release = outcome.release;
    this.step = this.revision;
    this.history.push({ step: this.step, release: this.release, atMs: around.atMs });
    return true;
  }

  get isEnded(): boolean {
    return isEnded(this.release);
  }
}
