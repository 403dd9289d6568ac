import { type WatchFrame, watchFrameParse } from "../../src/api/watch-frame.ts";
import { watchRequestToQuery } from "../../src/api/watch-query.ts";
import type { Region } from "../../src/network/region.ts";
import type { WatchRequest } from "../../src/node/coordinate/coordinator.ts";
import { CALLER_HEADER, callerToHeader, ROOT } from "../../src/policy/caller.ts";
import type { Namespace } from "./namespace.ts";

type Told = Extract<WatchFrame, { readonly type: "events" }>["events"][number];

/** A client's WebSocket to one learner, without a Worker in between, and everything it was told. */
export class Watcher {
  readonly frames: WatchFrame[] = [];
  readonly pongs: string[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const frame = watchFrameParse(data as string);
      if (frame === undefined) this.pongs.push(data as string);
      else this.frames.push(frame);
    });
    socket.addEventListener("close", ({ code }) => {
      this.closed = code;
    });
    socket.accept();
  }

  /** Watches every key. */
  static async open(ns: Namespace, region: Region, from?: number, more: Partial<WatchRequest> = {}): Promise<Watcher> {
    const request: WatchRequest = { key: Uint8Array.of(0), end: Uint8Array.of(0), from, ...more };
    const url = `https://learner/watch?${watchRequestToQuery(request).toString()}`;
    const response = await ns.stub("learner", region).fetch(url, {
      headers: { Upgrade: "websocket", [CALLER_HEADER]: callerToHeader(ROOT) },
    });
    if (response.webSocket === null) throw new Error(`no watch at ${region}: ${response.status}`);
    return new Watcher(response.webSocket);
  }

  get events(): readonly Told[] {
    return this.frames.flatMap((frame) => (frame.type === "events" ? frame.events : []));
  }

  get keys(): readonly string[] {
    return this.events.map((event) => event.key ?? "");
  }

  get revisions(): readonly number[] {
    return this.events.map((event) => event.mod_revision);
  }

  /** The revision to go on from after the connection is lost. */
  get next(): number {
    return (this.frames.findLast((frame) => frame.type === "events")?.revision ?? 0) + 1;
  }

  ping(): void {
    this.#socket.send("ping");
  }

  close(): void {
    this.#socket.close(1000);
  }
}
