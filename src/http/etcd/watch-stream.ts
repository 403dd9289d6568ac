import { bytesCompare } from "../../api/bytes.ts";
import { type WatchFrame, watchFrameParse } from "../../api/watch-frame.ts";
import type { WatchRequest } from "../../node/coordinate/coordinator.ts";
import { needsOfWatch } from "../../policy/need.ts";
import { WatchBridge } from "../watch-bridge.ts";
import { deniedError, type EtcdCall, read } from "./call.ts";
import { EtcdError } from "./codec/error.ts";
import { revisionOf } from "./codec/operation.ts";
import { WATCH_FILTERS, type WatchCreateRequest, type WatchStreamRequest } from "./codec/request.ts";
import {
  resultLine,
  watchCancelledJson,
  watchCreatedJson,
  watchEventsJson,
  watchEventsPart,
  watchFragmentJson,
  watchRefusedJson,
} from "./codec/watch.ts";
import type { LineStream } from "./stream.ts";

/**
 * etcd's interval: a watch without an event for so long is told how far it has come. Here that is every watch, asked or
 * not: workerd (1.20260815) notices that a client is gone only when something is written to it, whatever its
 * `request.signal` promises, and a blank line would be too much for clients that take each line for JSON.
 */
const PROGRESS_MS = 600_000;

interface Watch {
  readonly id: string;
  readonly bridge: WatchBridge;
  /** A revision that is larger than a message comes in several; else in one, however long it is. */
  readonly inFragments: boolean;
  isTold: boolean;
  /** A line of events has begun. */
  isMidLine: boolean;
}

/** The watches of one stream. Each has a bridge to a learner of its own. */
export class WatchStream {
  readonly #call: EtcdCall;
  readonly #lines: LineStream;
  readonly #watches = new Map<string, Watch>();
  /** The client wants its watches to end when there is no quorum, as etcd's do that send this metadata. */
  readonly #requiresLeader: boolean;
  #nextId = 0;

  constructor(call: EtcdCall, lines: LineStream) {
    this.#call = call;
    this.#lines = lines;
    this.#requiresLeader = call.request.headers.get("grpc-metadata-hasleader") === "true";
    const timer = setInterval(() => this.#progress(), PROGRESS_MS);
    lines.whenClosed(() => {
      clearInterval(timer);
      for (const { bridge } of this.#watches.values()) bridge.close();
    });
  }

  async take(request: WatchStreamRequest): Promise<void> {
    if (request.create_request !== undefined) await this.#create(request.create_request);
    else if (request.cancel_request !== undefined) await this.#cancel(`${request.cancel_request.watch_id}`);
    else if (request.progress_request !== undefined) await this.#progressNow();
  }

  async #create(request: WatchCreateRequest): Promise<void> {
    const { who } = this.#call;
    const watched = watchedOf(request);
    const id = request.watch_id === 0n ? this.#freshId() : `${request.watch_id}`;
    const refusal =
      watched === undefined ? "mvcc: watcher range is empty" : this.#watches.has(id) ? DUPLICATE : undefined;
    if (watched === undefined || refusal !== undefined) {
      return this.#send(watchRefusedJson(who, await this.#revision(), refusal ?? ""));
    }
    const denial = await this.#denial(watched);
    if (denial !== undefined) return this.#send(watchRefusedJson(...denial));
    if (request.watch_id === 0n) this.#nextId = Number(id) + 1;
    const watch: Watch = {
      id,
      bridge: new WatchBridge(this.#call.coordinator, watched, { resumes: true }),
      inFragments: request.fragment,
      isTold: false,
      isMidLine: false,
    };
    this.#watches.set(id, watch);
    const first = watchFrameParse((await watch.bridge.open()) ?? "");
    if (first === undefined) throw EtcdError.named("no-leader");
    this.#send(watchCreatedJson(who, first.revision, id));
    if (first.type === "cancelled") this.#told(watch, first);
    else this.#call.background(this.#forward(watch));
  }

  /** Nothing of the namespace is asked before a watch is permitted; why it is not, as gRPC writes errors. */
  async #denial(watched: WatchRequest): Promise<Parameters<typeof watchRefusedJson> | undefined> {
    const { coordinator, caller, who } = this.#call;
    const decision = await coordinator.permit(needsOfWatch(watched));
    if (decision === undefined) throw EtcdError.named("no-leader");
    if (decision.kind === "allowed") return undefined;
    const { codeName, message } = deniedError(decision, caller);
    // How far the store has come is told to those who are known there.
    const revision = await this.#revision().catch(() => undefined);
    return [who, revision, `rpc error: code = ${codeName} desc = ${message}`];
  }

  /** Passes a watch's frames on, each once the reader has room for it. */
  async #forward(watch: Watch): Promise<void> {
    const { bridge } = watch;
    while (bridge.end === undefined) {
      await bridge.news();
      await this.#lines.room(watch.isMidLine);
      const frame = watchFrameParse(bridge.take() ?? "");
      if (frame !== undefined) this.#told(watch, frame);
    }
    if (bridge.end === "lost") this.#lines.fail(EtcdError.named("no-leader"));
    if (bridge.end === "too-slow") this.#lines.fail(EtcdError.named("reader-too-slow"));
  }

  #freshId(): string {
    let id = this.#nextId;
    while (this.#watches.has(`${id}`)) id++;
    return `${id}`;
  }

  /** One that is not there is not worth an answer. */
  async #cancel(id: string): Promise<void> {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    const revision = await this.#revision();
    if (this.#watches.delete(id)) this.#send(watchCancelledJson(this.#call.who, revision, id));
    watch.bridge.close();
  }

  #told(watch: Watch, frame: WatchFrame): void {
    const { who } = this.#call;
    if (this.#watches.get(watch.id) !== watch) return;
    if (frame.type === "events") {
      watch.isTold = true;
      this.#events(watch, frame);
    } else if (frame.type === "stale" && this.#requiresLeader) {
      this.#lines.fail(EtcdError.named("no-leader"));
    } else if (frame.type === "cancelled") {
      this.#watches.delete(watch.id);
      const more =
        frame.code === "compacted" ? { compactRevision: frame.compact_revision ?? 0 } : { reason: frame.code };
      this.#send(watchCancelledJson(who, undefined, watch.id, more));
    }
  }

  #events(watch: Watch, { revision, events, more }: Extract<WatchFrame, { type: "events" }>): void {
    const { who } = this.#call;
    const { id, isMidLine, inFragments } = watch;
    if (more === true && inFragments) return this.#send(watchFragmentJson(who, revision, id, events));
    if (more !== true && !isMidLine) return this.#send(watchEventsJson(who, revision, id, events));
    watch.isMidLine = more === true;
    const place = { isFirst: !isMidLine, isLast: more !== true };
    this.#lines.sendPart(watchEventsPart({ who, revision, id }, events, place), place.isLast);
  }

  #progress(): void {
    if (this.#watches.size === 0) return this.#lines.end();
    for (const watch of this.#watches.values()) {
      if (!watch.isTold) this.#send(watchEventsJson(this.#call.who, toldUpTo(watch), watch.id, []));
      watch.isTold = false;
    }
  }

  /** Asked for, it is one notice for all watches of the stream: everything up to its revision was told to all of them. */
  async #progressNow(): Promise<void> {
    const through = [...this.#watches.values()].map(toldUpTo);
    const revision = through.length === 0 ? await this.#revision() : Math.min(...through);
    this.#send(watchEventsJson(this.#call.who, revision, "-1", []));
  }

  async #revision(): Promise<number> {
    const query = { kind: "range", key: Uint8Array.of(0), countOnly: true } as const;
    // How far the store has come is no secret from those who know of it.
    return (await read(this.#call, { query, needs: [], consistency: "local" }, "range")).revision;
  }

  #send(message: Parameters<typeof resultLine>[0]): void {
    this.#lines.send(resultLine(message));
  }
}

/** A watch that begins in the future has been told everything up to now, and no revision that does not exist yet. */
function toldUpTo({ bridge }: Watch): number {
  return Math.min(bridge.through, bridge.known);
}

const DUPLICATE = "mvcc: duplicate watch ID provided on the WatchStream";

/** What is watched; undefined when the interval is empty. No key at all is the least there can be. */
function watchedOf(request: WatchCreateRequest): WatchRequest | undefined {
  const key = request.key.length === 0 ? Uint8Array.of(0) : request.key;
  const end = request.range_end.length === 0 ? undefined : request.range_end;
  const isOpen = end?.length === 1 && end[0] === 0;
  if (end !== undefined && !isOpen && bytesCompare(key, end) >= 0) return undefined;
  return {
    key,
    end,
    from: request.start_revision === 0n ? undefined : Math.max(1, revisionOf(request.start_revision)),
    prevKv: request.prev_kv,
    noPut: request.filters.includes(WATCH_FILTERS.indexOf("NOPUT")),
    noDelete: request.filters.includes(WATCH_FILTERS.indexOf("NODELETE")),
    progress: true,
  };
}
