import { DurableObject } from "cloudflare:workers";
import { Leader } from "../node/leader/leader.ts";
import type { LeaderAnswer, LeaderCall } from "../node/rpc/call.ts";
import { configurationOf, type Env } from "./env.ts";
import { identityOf } from "./identity.ts";
import { partsFrom } from "./parts.ts";
import { runtimeHost } from "./runtime-host.ts";

/** The Durable Object around a leader. It stores nothing: everything it knows may be lost. */
export class LeaderObject extends DurableObject<Env> {
  readonly #leader: Leader;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { region, namespace } = identityOf("leader", ctx.id);
    const host = runtimeHost((work) => ctx.waitUntil(work));
    this.#leader = new Leader(host, partsFrom(env, host, region), configurationOf(env, namespace));
  }

  async handle(call: LeaderCall): Promise<LeaderAnswer> {
    return this.#leader.handle(call);
  }
}
