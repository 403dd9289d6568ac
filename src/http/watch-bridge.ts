import type { Revision } from "../api/key-value.ts";
import { WATCH_STALL_MS_MAX } from "../api/limits.ts";
import { type WatchFrameHead, watchFrameHead, watchFrameParse } from "../api/watch-frame.ts";
import type { Coordinator, WatchRequest } from "../node/coordinate/coordinator.ts";
import { Signal } from "./signal.ts";
import { WatchConnection } from "./watch-connection.ts";

/** Between two looks at the connection, each with a ping, and at the reader. */
const TICK_MS = 15_000;
/** A learner has this long to answer a new watch with its first frame. */
const FIRST_FRAME_MS_MAX = 8_000;
/** Attempts to find another learner, and the pause before each. */
const ATTEMPTS_MAX = 20;
const PAUSE_MS = 500;

/**
 * Why a watch ended: the learner cancelled it, with a frame that says why; no learner can be reached; the reader took
 * nothing for too long; the reader closed it.
 */
export type WatchEnd = "cancelled" | "lost" | "too-slow" | "closed";

/**
 * One watch of one reader, who takes its frames one at a time: what an event stream and etcd's gateway have in common.
 * It opens the socket, acknowledges what the reader took, pings, and, if it `resumes`, goes on with another learner
 * after the last revision that was taken whole.
 */
export class WatchBridge {
  /** Everything up to here was taken by the reader. */
  through: Revision = 0;
  /** The newest revision that the learner spoke of. */
  known: Revision = 0;
  readonly #coordinator: Coordinator;
  readonly #request: WatchRequest;
  readonly #resumes: boolean;
  readonly #news = new Signal();
  #connection: WatchConnection | undefined;
  /** The reader took a part of a revision, which another learner would begin anew. */
  #isMidRevision = false;
  #end: WatchEnd | undefined;
  #timer: number | null = null;
  /** When the reader last took something, or had nothing to take. */
  #servedAt = Date.now();

  constructor(coordinator: Coordinator, request: WatchRequest, { resumes }: { readonly resumes: boolean }) {
    this.#coordinator = coordinator;
    this.#request = request;
    this.#resumes = resumes;
  }

  /** Connects. The learner's first frame, which says what becomes of the watch; undefined when none comes. */
  async open(): Promise<string | undefined> {
    this.#connection = await this.#connect(this.#request);
    const first = this.take();
    if (first === undefined) this.#finish("lost");
    else if (this.#end === undefined) this.#timer = setInterval(() => this.#tick(), TICK_MS);
    return first;
  }

  /** The next frame, if one has arrived. */
  take(): string | undefined {
    const frame = this.#connection?.take();
    if (frame === undefined) return undefined;
    this.#servedAt = Date.now();
    const head = watchFrameHead(frame);
    if (head !== undefined) this.#took(head, frame);
    this.#connectionChanged();
    return frame;
  }

  /** Why there is nothing more to take; undefined while there may be. */
  get end(): WatchEnd | undefined {
    return this.#end;
  }

  /** Until there is a frame to take, or the end, or `ms` have passed. */
  async news(ms?: number): Promise<void> {
    if (this.#end === undefined && this.#connection?.hasFrame !== true) await this.#news.wait(ms);
  }

  /** The reader wants no more. */
  close(): void {
    this.#finish("closed");
  }

  #took({ type, revision, more }: WatchFrameHead, frame: string): void {
    this.known = Math.max(this.known, revision);
    this.#isMidRevision = more;
    if (type === "created") this.through = createdFrom(frame) - 1;
    else if (type === "cancelled") this.#finish("cancelled");
    else if (!more) this.through = Math.max(this.through, revision);
  }

  /** A connection that has a frame to take; undefined when no learner answers. */
  async #connect(request: WatchRequest): Promise<WatchConnection | undefined> {
    const socket = (await this.#coordinator.watch(request))?.webSocket;
    if (socket === undefined || socket === null) return undefined;
    const connection: WatchConnection = new WatchConnection(socket, () => {
      if (this.#connection === connection) this.#connectionChanged();
    });
    await connection.firstFrame(FIRST_FRAME_MS_MAX);
    if (connection.hasFrame && this.#end === undefined) return connection;
    connection.close();
    return undefined;
  }

  /** A connection that ended, and whose frames were all taken, is replaced, or was the last one. */
  #connectionChanged(): void {
    this.#news.wake();
    const connection = this.#connection;
    if (this.#end !== undefined || connection?.end === undefined || connection.hasFrame) return;
    this.#connection = undefined;
    if (this.#resumes && !this.#isMidRevision) void this.#resume();
    else this.#finish(connection.end === "too-slow" ? "too-slow" : "lost");
  }

  /** Goes on after what was taken, with whichever learner answers. */
  async #resume(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX && this.#end === undefined; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const connection = await this.#connect({ ...this.#request, from: this.through + 1 });
      if (connection === undefined) continue;
      this.#connection = connection;
      // The reader knows that its watch stands; that it is cancelled, the reader has to take.
      if (watchFrameHead(connection.next ?? "")?.type === "created") connection.take();
      return this.#connectionChanged();
    }
    this.#finish("lost");
  }

  #tick(): void {
    if (this.#connection?.hasFrame !== true) this.#servedAt = Date.now();
    if (Date.now() - this.#servedAt > WATCH_STALL_MS_MAX) this.#finish("too-slow");
    else this.#connection?.tick();
  }

  #finish(how: WatchEnd): void {
    if (this.#end !== undefined) return;
    this.#end = how;
    clearInterval(this.#timer);
    this.#connection?.close();
    this.#connection = undefined;
    this.#news.wake();
  }
}

function createdFrom(frame: string): Revision {
  const created = watchFrameParse(frame);
  return created?.type === "created" ? created.from : 1;
}
