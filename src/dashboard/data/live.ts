import { effect, signal, untracked } from "@preact/signals";
import type { z } from "zod";
import type { TelemetryFrame } from "../../api/telemetry-frame.ts";
import type { WatchControl } from "../../api/watch-control.ts";
import type { WatchFrame } from "../../api/watch-frame.ts";
import { place } from "../shell/place.ts";
import { session, vantage } from "./session.ts";

/** How the one socket of this page stands. */
export type LiveState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly since: number }
  /** It was lost and is opened again at `retryAt`. */
  | { readonly kind: "lost"; readonly retryAt: number };

export const live = signal<LiveState>({ kind: "idle" });

type Events = Extract<WatchFrame, { readonly type: "events" }>["events"];
export type ChangeEvent = Events[number];

/** What is watched on the socket, across reconnects. */
export interface Subscription {
  readonly prefix: string;
  /** Whole revisions, in order. */
  readonly events: (events: Events, revision: number) => void;
  /** Something may have been missed, or nothing is known yet: read the state anew. It is told of what comes after now. */
  readonly restart: () => void;
}

interface Standing extends Subscription {
  readonly id: number;
  /** The last revision that was told whole; undefined before the watch stood. */
  cursor: number | undefined;
  /** Parts of a revision that is not whole yet. */
  parts: ChangeEvent[];
}

/** `WATCH_PING` and `WATCH_PONG` (`src/api/watch-frame.ts`), whose file would bring its schemas along. */
const PING = "ping";
const PONG = "pong";
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 10_000;
const PING_MS = 10_000;
/** A server that answers no ping for so long is gone. */
const SILENCE_MS_MAX = 25_000;

let socket: WebSocket | undefined;
let heardAt = 0;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let nextId = 1;
const standing = new Map<number, Standing>();
const telemetryListeners = new Set<(frame: TelemetryFrame) => void>();
/** A server of an older build closes a socket that asks for what it does not know. */
let knowsTelemetry = true;
const CLOSE_INVALID = 4400;

/** Watches a prefix until the answer is called. */
export function subscribe(subscription: Subscription): () => void {
  const one: Standing = { ...subscription, id: nextId++, cursor: undefined, parts: [] };
  standing.set(one.id, one);
  create(one);
  return () => {
    standing.delete(one.id);
    send({ type: "cancel", id: one.id });
  };
}

/** Is told once a second how the parts stand, until the answer is called. */
export function telemetrySubscribe(tell: (frame: TelemetryFrame) => void): () => void {
  telemetryListeners.add(tell);
  if (telemetryListeners.size === 1) telemetryAsk();
  return () => {
    telemetryListeners.delete(tell);
    if (telemetryListeners.size === 0) telemetryAsk();
  };
}

function telemetryAsk(): void {
  if (knowsTelemetry) send({ type: "telemetry", on: telemetryListeners.size > 0 });
}

/** Connects, and stays connected to the namespace that the page shows, from where it is. */
export function liveFollow(): void {
  effect(() => {
    const { namespace } = place.value;
    const from = vantage.value;
    const now = session.value;
    if (now === undefined || (!now.open && now.principal === "anonymous")) return;
    untracked(() => reconnect(namespace, from));
  });
  globalThis.addEventListener("online", () => retryNow());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") retryNow();
  });
  setInterval(look, PING_MS);
}

export function retryNow(): void {
  if (live.value.kind === "lost") connect();
}

let target: { readonly namespace: string; readonly from: string | undefined } | undefined;

function reconnect(namespace: string, from: string | undefined): void {
  const isOther = target !== undefined && target.namespace !== namespace;
  target = { namespace, from };
  if (isOther) for (const one of standing.values()) forget(one);
  failures = 0;
  drop();
  connect();
}

function forget(one: Standing): void {
  one.cursor = undefined;
  one.parts = [];
}

function drop(): void {
  const old = socket;
  socket = undefined;
  old?.close();
}

function connect(): void {
  if (target === undefined) return;
  clearTimeout(retry);
  live.value = { kind: "connecting" };
  const scheme = globalThis.location.protocol === "https:" ? "wss" : "ws";
  const url = `${scheme}://${globalThis.location.host}/v1/${target.namespace}/watch`;
  const own = target.from === undefined ? new WebSocket(url) : new WebSocket(url, [`synod-region.${target.from}`]);
  socket = own;
  heardAt = Date.now();
  own.addEventListener("open", () => {
    if (socket !== own) return;
    failures = 0;
    live.value = { kind: "open", since: Date.now() };
    for (const one of standing.values()) create(one);
    if (telemetryListeners.size > 0) telemetryAsk();
  });
  own.addEventListener("message", ({ data }) => {
    if (socket === own && typeof data === "string") heard(data);
  });
  own.addEventListener("close", ({ code }) => {
    if (code === CLOSE_INVALID && telemetryListeners.size > 0) knowsTelemetry = false;
    if (socket === own) lost();
  });
}

function lost(): void {
  socket = undefined;
  const cap = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures++);
  const ms = cap / 2 + (cap / 2) * fraction();
  live.value = { kind: "lost", retryAt: Date.now() + ms };
  clearTimeout(retry);
  retry = setTimeout(connect, ms);
}

/** Uniform in [0, 1): browsers that lost the same server must not come back together. */
function fraction(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}

function look(): void {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (Date.now() - heardAt > SILENCE_MS_MAX) {
    drop();
    lost();
  } else socket.send(PING);
}

function create({ id, prefix, cursor }: Standing): void {
  send({ type: "create", id, prefix, ...(cursor === undefined ? {} : { from: cursor + 1 }) });
}

function send(control: z.infer<typeof WatchControl>): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(control));
}

function heard(text: string): void {
  heardAt = Date.now();
  if (text === PONG) return;
  const frame = JSON.parse(text) as WatchFrame | TelemetryFrame;
  if (frame.ack !== undefined) send({ type: "ack", ack: frame.ack });
  if (frame.type === "telemetry") {
    for (const tell of telemetryListeners) tell(frame);
    return;
  }
  const one = standing.get(frame.watch ?? 0);
  if (one !== undefined) told(one, frame);
}

function told(one: Standing, frame: WatchFrame): void {
  switch (frame.type) {
    case "created":
      one.parts = [];
      if (one.cursor !== undefined) return;
      one.cursor = frame.from - 1;
      return one.restart();
    case "events": {
      const parts = one.parts.concat(frame.events);
      if (frame.more === true) {
        one.parts = parts;
        return;
      }
      forget(one);
      one.cursor = frame.revision;
      return one.events(parts, frame.revision);
    }
    case "cancelled":
      // Compacted below what it was told: what was missed can only be read.
      if (frame.code !== "compacted") return;
      forget(one);
      return create(one);
    case "progress":
    case "stale":
    case "reset":
      return;
  }
}
