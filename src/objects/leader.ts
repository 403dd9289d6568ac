import { DurableObject } from "cloudflare:workers";
import { Alarms } from "../node/alarms.ts";
import { Leader } from "../node/leader/leader.ts";
import type { LeaderAnswer, LeaderCall } from "../node/rpc/leader-call.ts";
import { alarmLog } from "./alarm-log.ts";
import { nodeLimitsOf } from "./development-limits.ts";
import { configurationOf, type Env } from "./env.ts";
import { identityOf } from "./identity.ts";
import { partsFrom } from "./parts.ts";
import { runtimeHost } from "./runtime-host.ts";
import { transitionLog } from "./transition-log.ts";

/** The Durable Object around a leader. It stores nothing: everything it knows may be lost. */
export class LeaderObject extends DurableObject<Env> {
  readonly #leader: Leader;
  readonly #alarms: Alarms;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const identity = identityOf("leader", ctx.id);
    this.#alarms = new Alarms(() => Date.now(), alarmLog(identity));
    const host = this.#alarms.guarding(runtimeHost((work) => ctx.waitUntil(work)));
    const { region, namespace } = identity;
    const configuration = configurationOf(env, namespace);
    const tell = transitionLog(identity);
    this.#leader = new Leader(host, partsFrom(env, host, region), configuration, nodeLimitsOf(env), tell);
  }

  async handle(call: LeaderCall): Promise<LeaderAnswer> {
    return this.#alarms.guard(() => this.#leader.handle(call));
  }
}
