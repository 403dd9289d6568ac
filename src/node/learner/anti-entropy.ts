import type { Host } from "../../network/host.ts";
import * as timing from "../timing.ts";
import type { Chore } from "./chore.ts";

export interface AntiEntropyPorts {
  readonly host: Host;
  hasWatchers(): boolean;
  /** Asks a read quorum how far the log goes, and works towards that. */
  catchUpWithQuorum(): Promise<void>;
}

/** While there are watchers, makes sure that nothing was missed: a lost message must not make them wait for the next. */
export class AntiEntropy implements Chore {
  readonly #ports: AntiEntropyPorts;

  constructor(ports: AntiEntropyPorts) {
    this.#ports = ports;
  }

  nextAt(): number | undefined {
    return this.#ports.hasWatchers() ? this.#ports.host.now() + timing.ANTI_ENTROPY_MS : undefined;
  }

  async run(): Promise<void> {
    if (this.#ports.hasWatchers()) await this.#ports.catchUpWithQuorum();
  }
}
