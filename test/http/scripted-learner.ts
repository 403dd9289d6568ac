import type { Coordinator } from "../../src/node/coordinate/coordinator.ts";
import { appSend, type Send } from "./app.ts";

/** What a learner says on one connection, and how it ends. */
export interface Script {
  readonly frames: readonly string[];
  readonly end: "closes" | "stays" | "drops";
}

/** The far end of a watch's sockets: each connection follows the next script, the last one for all that come after. */
export class ScriptedLearner {
  readonly send: Send;
  /** The revisions that connections asked to begin from. */
  readonly from: (number | undefined)[] = [];
  /** What watchers said, on all connections. */
  readonly heard: string[] = [];
  readonly closed: Promise<void>;
  #close: () => void = () => {};

  constructor(...scripts: readonly Script[]) {
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    const watch: Coordinator["watch"] = async ({ from }) => {
      const script = scripts[this.from.length] ?? scripts.at(-1);
      this.from.push(from);
      return script && this.#connection(script);
    };
    const never = (): never => {
      throw new Error("not asked for");
    };
    const coordinator = {
      permit: async () => ({ kind: "allowed" as const, stamp: 0, actor: "root", role: "root" }),
      permitOf: async () => ({ kind: "allowed" as const, stamp: 0, actor: "root", role: "root" }),
      write: never,
      read: never,
      status: never,
      metrics: never,
      backup: never,
      release: never,
      watch,
    } as Coordinator;
    this.send = appSend({ coordinatorFor: () => coordinator });
  }

  #connection({ frames, end }: Script): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener("close", () => this.#close());
    server.addEventListener("message", ({ data }) => {
      this.heard.push(data as string);
    });
    for (const frame of frames) server.send(frame);
    if (end === "closes") server.close(1012, "restart");
    if (end === "drops") server.close(4429, "too-slow");
    return new Response(null, { status: 101, webSocket: client });
  }
}
