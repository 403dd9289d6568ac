/** Watches as a client sees them, over a WebSocket or as an event stream; each frame is checked against its schema. */
import { type WatchFrame, watchFrameParse } from "../../src/api/watch-frame.ts";
import type { Client } from "./client.ts";
import { HANG_MS } from "./client.ts";

export interface Seen {
  /** When it arrived, `performance.now()`. */
  readonly at: number;
  readonly key: string;
  readonly revision: number;
  /** undefined for a delete. */
  readonly value: string | undefined;
}

export type Transport = "websocket" | "event-stream";
export interface WatchAsked {
  readonly key?: string;
  readonly prefix?: string;
  readonly from?: number;
  readonly progress?: "true";
  readonly resync?: "true";
}

/** One connection of a watch. */
export class Watcher {
  readonly frames: WatchFrame[] = [];
  readonly seen: Seen[] = [];
  /** Where to go on after it: everything up to here was told. */
  through = 0;
  /** The last `id` of an event stream. */
  lastEventId: string | undefined;
  isClosed = false;
  readonly #end: () => void;
  readonly #waiting = new Set<() => void>();

  constructor(end: () => void) {
    this.#end = end;
  }

  heard(text: string): void {
    const frame = watchFrameParse(text);
    if (frame === undefined) throw new Error(`not a frame: ${text}`);
    this.frames.push(frame);
    if (frame.type === "created") this.through = frame.from - 1;
    else if (frame.type !== "cancelled") this.through = frame.revision;
    const at = performance.now();
    for (const event of frame.type === "events" ? frame.events : []) {
      const value = event.type === "put" ? event.value : undefined;
      this.seen.push({ at, key: event.key, revision: event.mod_revision, value });
    }
    this.#changed();
  }

  closed(): void {
    this.isClosed = true;
    this.#changed();
  }

  close(): void {
    this.#end();
  }

  get text(): string {
    return this.seen.map(({ key, revision, value }) => `${revision} ${key}=${value}`).join("\n");
  }

  /** Resolves with whether `holds` came true in time. */
  async until(holds: (watcher: Watcher) => boolean, ms = HANG_MS): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!holds(this)) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return true;
  }

  #changed(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Connects, and resolves when the watch stands; rejects when it can not be. */
export async function watch(
  client: Client,
  transport: Transport,
  asked: WatchAsked,
  lastEventId?: string,
): Promise<Watcher> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) query.set(name, `${value}`);
  const url = `${client.base}/v1/${client.namespace}/watch?${query.toString()}`;
  const headers = { "synod-region": client.region };
  const watcher =
    transport === "websocket"
      ? webSocket(url, headers)
      : await eventStream(url, lastEventId === undefined ? headers : { ...headers, "last-event-id": lastEventId });
  await watcher.until(({ frames, isClosed }) => frames.length > 0 || isClosed);
  if (watcher.frames[0]?.type === "created") return watcher;
  watcher.close();
  throw new Error(`no watch: ${JSON.stringify(watcher.frames[0])}`);
}

function webSocket(url: string, headers: Record<string, string>): Watcher {
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers });
  const watcher = new Watcher(() => socket.close());
  socket.addEventListener("message", ({ data }) => watcher.heard(String(data)));
  socket.addEventListener("close", () => watcher.closed());
  socket.addEventListener("error", () => watcher.closed());
  return watcher;
}

async function eventStream(url: string, headers: Record<string, string>): Promise<Watcher> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), HANG_MS);
  const response = await fetch(url, {
    headers: { ...headers, accept: "text/event-stream" },
    signal: controller.signal,
  });
  clearTimeout(timer);
  if (!response.ok || response.body === null) throw new Error(`${response.status}: ${await response.text()}`);
  const watcher = new Watcher(() => controller.abort());
  void read(response.body, watcher).catch(() => watcher.closed());
  return watcher;
}

async function read(body: ReadableStream<Uint8Array>, watcher: Watcher): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const fields = new Map(
        event.split("\n").map((line) => [line.split(": ", 1)[0] ?? "", line.replace(/^[^:]*: ?/, "")]),
      );
      const id = fields.get("id");
      if (id !== undefined) watcher.lastEventId = id;
      const data = fields.get("data");
      if (data !== undefined) watcher.heard(data);
    }
  }
  watcher.closed();
}
