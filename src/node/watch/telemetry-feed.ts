import type { Host } from "../../network/host.ts";
import { frameOf } from "./frame.ts";
import type { WatchSession } from "./watch-session.ts";

/** Between two frames; one that takes longer to gather delays the next. */
const PERIOD_MS = 1_000;

export interface TelemetryPorts {
  /** Makes a frame. */
  readonly gather: () => Promise<string>;
  readonly sessions: () => readonly WatchSession[];
  readonly markBytes: () => number;
}

/**
 * Sends a frame of telemetry every second, for as long as anybody wants them: meanwhile the object stays awake, and all
 * parts are asked once a second, however many want to know.
 */
export class TelemetryFeed {
  readonly #host: Host;
  readonly #ports: TelemetryPorts;
  #isRunning = false;

  constructor(host: Host, ports: TelemetryPorts) {
    this.#host = host;
    this.#ports = ports;
  }

  want(session: WatchSession, isWanted: boolean): void {
    session.wantsTelemetry = isWanted;
    session.save();
    if (isWanted) this.begin();
  }

  /** Somebody wants frames. */
  begin(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#host.background(this.#run());
  }

  async #run(): Promise<void> {
    try {
      const startedAt = this.#host.now();
      this.#isRunning = this.#tell(await this.#ports.gather());
      if (!this.#isRunning) return;
      const passedMs = this.#host.now() - startedAt;
      this.#host.timer(Math.max(0, PERIOD_MS - passedMs), () => this.#host.background(this.#run()));
    } catch (error) {
      this.#isRunning = false;
      throw error;
    }
  }

  /** Who does not keep up misses a frame. @returns whether anybody still wants them. */
  #tell(text: string): boolean {
    const frame = frameOf(text);
    const wanting = this.#ports.sessions().filter((session) => session.wantsTelemetry);
    for (const session of wanting) if (session.isReady()) session.send(undefined, frame, this.#ports.markBytes());
    return wanting.length > 0;
  }
}
