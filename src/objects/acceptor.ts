import { DurableObject } from "cloudflare:workers";
import { Acceptor } from "../node/acceptor/acceptor.ts";
import { Alarms } from "../node/alarms.ts";
import type { AcceptorAnswer, AcceptorCall } from "../node/rpc/call.ts";
import { alarmLog } from "./alarm-log.ts";
import { nodeLimitsOf } from "./development-limits.ts";
import { durableSql } from "./durable-sql.ts";
import type { Env } from "./env.ts";
import { identityOf } from "./identity.ts";
import { ObjectMeter } from "./object-meter.ts";
import { partsFrom } from "./parts.ts";
import { runtimeHost } from "./runtime-host.ts";

/** The Durable Object around an acceptor. Its output gate holds each answer until the turn's writes are durable. */
export class AcceptorObject extends DurableObject<Env> {
  readonly #acceptor: Acceptor;
  readonly #alarms: Alarms;
  readonly #meter: ObjectMeter;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const identity = identityOf("acceptor", ctx.id);
    this.#alarms = new Alarms(() => Date.now(), alarmLog(identity));
    const host = this.#alarms.guarding(runtimeHost((work) => ctx.waitUntil(work)));
    const parts = partsFrom(env, host, identity.region);
    const meter = new ObjectMeter("acceptor", ctx.storage);
    this.#meter = meter;
    const arm = (ms: number) => {
      meter.wrote(1);
      host.background(ctx.storage.setAlarm(Date.now() + ms));
    };
    const sql = durableSql(ctx.storage, (rows) => meter.wrote(rows));
    this.#acceptor = new Acceptor(sql, host, parts, arm, nodeLimitsOf(env), (news) => {
      console.warn(JSON.stringify(news));
    });
  }

  async handle(call: AcceptorCall): Promise<AcceptorAnswer> {
    this.#meter.asked();
    const answer = await this.#alarms.guard(() => this.#acceptor.ask(call));
    return answer.kind === "metrics" ? { ...answer, ...this.#meter.report } : answer;
  }

  override async alarm(): Promise<void> {
    this.#meter.asked();
    await this.#alarms.guard(() => this.#acceptor.alarm());
  }
}
