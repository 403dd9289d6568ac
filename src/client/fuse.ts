import type { Overlay } from "../api/overlay.ts";

/** The service tells of progress every ten seconds: a shorter fuse would burn between two. */
const FUSE_MS_MIN = 25_000;

export interface FusePorts {
  /** The releases that are shown to some. */
  readonly shown: () => readonly Overlay[];
  /** Milliseconds since the client was known to be as new as could be told. */
  readonly quietMs: () => number;
  /** Another release is given up, or trusted again. */
  readonly changed: () => void;
}

/** Whether a client that heard nothing for so long still shows the release, before it is completed. */
export function isTrusted({ release: { strategy } }: Overlay, quietMs: number): boolean {
  return strategy.on_disconnect === "keep" || quietMs <= fuseMs(strategy);
}

function fuseMs({ fuse_ms }: Overlay["release"]["strategy"]): number {
  return Math.max(FUSE_MS_MIN, fuse_ms);
}

/** Tells when releases are given up because nothing was heard for too long, and when they are trusted again. */
export class Fuse {
  readonly #ports: FusePorts;
  #burnt = "";
  #cancel: () => void = () => {};

  constructor(ports: FusePorts) {
    this.#ports = ports;
  }

  /** Whether a release was given up. */
  get isBurnt(): boolean {
    return this.#burnt !== "";
  }

  /** Something was heard, or time has passed. */
  look(): void {
    this.cancel();
    const { shown, quietMs, changed } = this.#ports;
    const [all, ms] = [shown(), quietMs()];
    const isBurnt = (one: Overlay) => !isTrusted(one, ms);
    const burnt = all
      .filter(isBurnt)
      .map(({ release }) => release.id)
      .join();
    const left = all
      .filter(({ release }) => release.strategy.on_disconnect === "base")
      .map((one) => fuseMs(one.release.strategy) - ms);
    const next = Math.min(...left.filter((one) => one >= 0));
    if (Number.isFinite(next)) {
      const timer = setTimeout(() => this.look(), next + 1);
      this.#cancel = () => clearTimeout(timer);
    }
    if (burnt === this.#burnt) return;
    this.#burnt = burnt;
    changed();
  }

  cancel(): void {
    this.#cancel();
  }
}
