import { serialize } from "node:v8";
import { prefixRange } from "../../src/api/key-range.ts";
import { type WatchFrame, watchFrameParse } from "../../src/api/watch-frame.ts";
import type { Host } from "../../src/network/host.ts";
import type { WatchRequest } from "../../src/node/coordinate/coordinator.ts";
import { WatchHub } from "../../src/node/watch/watch-hub.ts";
import { WATCH_LIMITS, type WatchLimits } from "../../src/node/watch/watch-limits.ts";
import type { WatchSocket, WatchState } from "../../src/node/watch/watch-session.ts";
import type { Op } from "../../src/state/command.ts";
import { bytes, Drive } from "../state/drive.ts";

/** What a hibernating socket takes as its attachment. */
const ATTACHMENT_BYTES_MAX = 16 * 1024;

export type Told = Extract<WatchFrame, { readonly type: "events" }>["events"][number];

/** A clock that only tests move, and the timers that hang on it. */
class Clock implements Host {
  #now = 1_000;
  readonly #timers = new Map<number, { readonly at: number; readonly fire: () => void }>();
  #ids = 0;

  now(): number {
    return this.#now;
  }

  timer(ms: number, fire: () => void): () => void {
    const id = ++this.#ids;
    this.#timers.set(id, { at: this.#now + ms, fire });
    return () => this.#timers.delete(id);
  }

  random(): number {
    return 0.5;
  }

  freshId(): string {
    return `${++this.#ids}-unguessed`;
  }

  background(): void {}

  /** Lets `ms` pass and everything happen that was due. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(([, { at }]) => at <= end)
        .sort((a, b) => a[1].at - b[1].at || a[0] - b[0]);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].fire();
    }
    this.#now = end;
  }

  clear(): void {
    this.#timers.clear();
  }
}

/** A watcher: the far end of a socket, with everything that it was sent. */
export class FakeSocket {
  readonly texts: string[] = [];
  readonly #parsed: WatchFrame[] = [];
  closed: readonly [number, string] | undefined;
  saves = 0;
  state: WatchState | undefined;

  /** The learner's end, as one life of the learner holds it. */
  end(): WatchSocket {
    const isClosed = () => this.closed !== undefined;
    return {
      load: () => structuredClone(this.state) ?? { watches: [] },
      save: (state) => {
        if (serialize(state).length > ATTACHMENT_BYTES_MAX) throw new Error("the attachment is too large");
        this.saves += 1;
        this.state = structuredClone(state);
      },
      send: (text) => {
        this.texts.push(text);
      },
      close: (code, reason) => {
        this.closed ??= [code, reason];
      },
      get isClosed() {
        return isClosed();
      },
    };
  }

  get frames(): readonly WatchFrame[] {
    for (const text of this.texts.slice(this.#parsed.length)) {
      const frame = watchFrameParse(text);
      if (frame === undefined) throw new Error(`no frame: ${text}`);
      this.#parsed.push(frame);
    }
    return this.#parsed;
  }

  of(id: number | undefined): readonly WatchFrame[] {
    return this.frames.filter(({ watch }) => watch === id);
  }

  /** `key=value@revision` for each event of one watch. */
  events(id?: number): readonly string[] {
    return this.of(id).flatMap((frame) => (frame.type === "events" ? frame.events.map(eventText) : []));
  }
}

function eventText(event: Told): string {
  return `${event.key}${event.type === "put" ? `=${event.value}` : ""}@${event.mod_revision}`;
}

/** A learner's state machine, its watchers, and the hub between them. */
export class WatchHarness {
  readonly drive = new Drive();
  readonly clock = new Clock();
  /** How old the learner's state is. */
  lagMs: number | undefined = 0;
  readonly #limits: Partial<WatchLimits>;
  /** The learner's end of each. */
  readonly #ends = new Map<FakeSocket, WatchSocket>();
  hub: WatchHub;

  constructor(limits: Partial<WatchLimits> = {}) {
    this.#limits = limits;
    this.hub = this.#begin();
  }

  open(request: WatchRequest): FakeSocket {
    const socket = new FakeSocket();
    const end = socket.end();
    this.#ends.set(socket, end);
    this.hub.open(end, request);
    return socket;
  }

  say(socket: FakeSocket, message: unknown): void {
    const end = this.#ends.get(socket);
    if (end === undefined) throw new Error("the socket was not opened here");
    this.hub.message(end, typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The watcher says back the last token that it was sent, if it was sent one. */
  acknowledge(socket: FakeSocket): void {
    const token = socket.frames.findLast(({ ack }) => ack !== undefined)?.ack;
    if (token !== undefined) this.say(socket, { type: "ack", ack: token });
  }

  /** The watcher goes away. */
  leave(socket: FakeSocket): void {
    socket.closed = [1000, "gone"];
    const end = this.#ends.get(socket);
    if (end !== undefined) this.hub.closed(end);
  }

  /** Applies one operation as one entry, and tells. */
  run(op: Op): void {
    this.runAll([op]);
  }

  /** Several operations as one entry. */
  runAll(batch: readonly Op[]): void {
    this.hub.applied(this.drive.entry(...batch.map((op) => this.drive.command(op))).events);
  }

  /** Applies it in silence, as when a snapshot is installed. */
  skip(op: Op): void {
    this.drive.run(op);
  }

  settle(): void {
    this.clock.pass(0);
  }

  /** The learner loses its memory; its sockets and its state stay. */
  evict(): void {
    this.clock.clear();
    for (const socket of this.#ends.keys()) this.#ends.set(socket, socket.end());
    this.hub = this.#begin();
    this.hub.resume();
    this.settle();
  }

  #begin(): WatchHub {
    return new WatchHub(
      this.clock,
      {
        source: () => this.drive.machine,
        sockets: () => [...this.#ends].filter(([{ closed }]) => closed === undefined).map(([, end]) => end),
        lagMs: () => this.lagMs,
        telemetry: async () => `{"type":"telemetry","revision":${this.drive.machine.revision}}`,
      },
      { ...WATCH_LIMITS, ...this.#limits },
    );
  }
}

export function key(name: string, more: Partial<WatchRequest> = {}): WatchRequest {
  return { key: bytes(name), ...more };
}

export function prefix(name: string, more: Partial<WatchRequest> = {}): WatchRequest {
  return { ...prefixRange(bytes(name)), ...more };
}
