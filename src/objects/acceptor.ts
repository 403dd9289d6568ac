import { DurableObject } from "cloudflare:workers";
import { Acceptor } from "../node/acceptor/acceptor.ts";
import type { AcceptorAnswer, AcceptorCall } from "../node/rpc/call.ts";
import { durableSql } from "./durable-sql.ts";
import type { Env } from "./env.ts";
import { identityOf } from "./identity.ts";
import { partsFrom } from "./parts.ts";
import { runtimeHost } from "./runtime-host.ts";

/** The Durable Object around an acceptor. Its output gate holds each answer until the turn's writes are durable. */
export class AcceptorObject extends DurableObject<Env> {
  readonly #acceptor: Acceptor;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { region } = identityOf("acceptor", ctx.id);
    const host = runtimeHost((work) => ctx.waitUntil(work));
    this.#acceptor = new Acceptor(durableSql(ctx.storage), host, partsFrom(env, host, region), (ms) => {
      host.background(ctx.storage.setAlarm(Date.now() + ms));
    });
  }

  async handle(call: AcceptorCall): Promise<AcceptorAnswer> {
    return this.#acceptor.handle(call);
  }

  override async alarm(): Promise<void> {
    await this.#acceptor.alarm();
  }
}
