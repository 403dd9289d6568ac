import { DurableObject } from "cloudflare:workers";
import { watchRequestFromQuery } from "../api/watch-query.ts";
import { invariant } from "../core/invariant.ts";
import type { Host } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import type { Learner } from "../node/learner/learner.ts";
import { learnerOpen, StoppedLearner } from "../node/learner/stopped-learner.ts";
import type { LearnerAnswer, LearnerCall } from "../node/rpc/call.ts";
import { CLOSE_RESTART } from "../node/watch/watch-close.ts";
import { WatchHub } from "../node/watch/watch-hub.ts";
import { WatchPermits } from "../node/watch/watch-permits.ts";
import { CALLER_HEADER, callerFromHeader } from "../policy/caller.ts";
import { alarmLog } from "./alarm-log.ts";
import { nodeLimitsOf } from "./development-limits.ts";
import { dropReason } from "./drop-reason.ts";
import { durableSql } from "./durable-sql.ts";
import { configurationOf, type Env, retentionOf } from "./env.ts";
import { HibernatingSockets } from "./hibernating-sockets.ts";
import { identityOf } from "./identity.ts";
import { MEMBERS_HEADER } from "./members-header.ts";
import { ObjectMeter } from "./object-meter.ts";
import { partsFrom } from "./parts.ts";
import { runtimeHost } from "./runtime-host.ts";
import { transitionLog } from "./transition-log.ts";

/** What is due sooner than this is waited for. */
const WORTH_AN_ALARM_MS = 1_000;

/**
 * The Durable Object around a learner and its watchers. Sockets hibernate: the object may be evicted under them, and
 * each carries in its attachment what its watch needs to go on.
 */
export class LearnerObject extends DurableObject<Env> {
  readonly #learner: Learner | StoppedLearner;
  readonly #hub: WatchHub;
  readonly #sockets: HibernatingSockets;
  readonly #meter: ObjectMeter;
  #cancelTimer: (() => void) | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const identity = identityOf("learner", ctx.id);
    const { region, namespace } = identity;
    const host = runtimeHost((work) => ctx.waitUntil(work));
    const meter = new ObjectMeter("learner", ctx.storage);
    this.#meter = meter;
    this.#sockets = new HibernatingSockets(
      ctx,
      (socket) => this.#hub.closed(socket),
      (code) => meter.add("watchersDropped", 1, dropReason(code)),
    );
    this.#hub = this.#hubOf(host);
    this.#learner = learnerOpen({
      sql: durableSql(ctx.storage, (rows) => meter.wrote(rows)),
      host,
      parts: partsFrom(env, host, region),
      configuration: configurationOf(env, namespace),
      audience: this.#hub,
      arm: (ms) => this.#arm(host, ms),
      retention: retentionOf(env, namespace),
      limits: nodeLimitsOf(env),
      leave: () => this.#hub.dismiss(),
      log: alarmLog(identity),
      tell: transitionLog(identity),
      meter,
      storedBytes: meter.storedBytes,
    });
    if (this.#learner instanceof StoppedLearner) {
      for (const socket of this.#sockets.all()) socket.close(CLOSE_RESTART, "an update is awaited");
      return;
    }
    this.#hub.resume();
    if (this.#sockets.all().length > 0) this.#learner.startAntiEntropy();
  }

  #hubOf(host: Host): WatchHub {
    return new WatchHub(host, {
      source: () => this.#open.machine,
      sockets: () => this.#sockets.all(),
      lagMs: () => this.#open.lagMs,
      telemetry: () => this.#open.telemetry(),
      permits: new WatchPermits(host, {
        policyRevision: () => this.#open.machine.policyRevision,
        decide: (caller, needs) => this.#open.decide(caller, needs),
      }),
    });
  }

  /** The learner for its watchers, of whom a stopped one has none. */
  get #open(): Learner {
    invariant(!(this.#learner instanceof StoppedLearner), "a stopped learner has no watchers");
    return this.#learner;
  }

  /** Whether there is nothing to store an alarm for: nothing was ever applied. */
  get #isBlank(): boolean {
    return !(this.#learner instanceof StoppedLearner) && this.#learner.appliedUpTo === 0;
  }

  /**
   * An alarm is stored, and the object may sleep. Where nothing was ever applied and nobody watches, nothing is stored;
   * nor for what is due at once.
   */
  #arm(host: Host, ms: number): void {
    this.#cancelTimer?.();
    if (this.#isBlank && (ms < WORTH_AN_ALARM_MS || this.#sockets.all().length === 0)) {
      this.#cancelTimer = host.timer(ms, () => host.background(this.#learner.alarm()));
      return;
    }
    this.#meter.wrote(1);
    host.background(this.ctx.storage.setAlarm(Date.now() + ms));
  }

  async handle(call: LearnerCall): Promise<LearnerAnswer> {
    this.#meter.asked();
    return this.#learner.handle(call);
  }

  /** A watch: the Worker passes a client's WebSocket upgrade on. */
  override async fetch(request: Request): Promise<Response> {
    this.#meter.asked();
    if (this.#learner instanceof StoppedLearner) return new Response(null, { status: 503 });
    const watch = watchRequestFromQuery(new URL(request.url).searchParams);
    if (watch === undefined) return new Response(null, { status: 400 });
    // Code that knew no membership names none.
    const named = request.headers.get(MEMBERS_HEADER)?.split(",") as Region[] | undefined;
    const others = named && (await this.#learner.othersThan(named));
    if (others !== undefined) return new Response(null, { status: 409, headers: { [MEMBERS_HEADER]: others.join() } });
    if (!this.#learner.takesWatchers) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#hub.open(this.#sockets.accept(server), watch, callerFromHeader(request.headers.get(CALLER_HEADER)));
    this.#learner.startAntiEntropy();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Closes every watch: this server stops, and a watcher goes on elsewhere from the last revision that it was told. */
  async leave(): Promise<void> {
    this.#hub.dismiss();
  }

  override async alarm(): Promise<void> {
    this.#meter.asked();
    await this.#learner.alarm();
  }

  /** Watchers create and cancel watches and acknowledge; pings are answered by the runtime without waking the object. */
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const watcher = this.#sockets.find(socket);
    if (watcher !== undefined) this.#hub.message(watcher, typeof message === "string" ? message : "");
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#sockets.release(socket);
    await this.#forgetAlarm();
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#sockets.forget(socket);
    await this.#forgetAlarm();
  }

  /** An alarm for watchers alone goes with the last of them: a namespace that was only watched stores nothing. */
  async #forgetAlarm(): Promise<void> {
    if (this.#isBlank && this.#sockets.all().length === 0) await this.ctx.storage.deleteAlarm();
  }
}
