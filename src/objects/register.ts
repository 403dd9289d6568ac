import { DurableObject } from "cloudflare:workers";
import { Register } from "../node/register/register.ts";
import type { RegisterAnswer, RegisterCall } from "../node/register/register-call.ts";
import { durableSql } from "./durable-sql.ts";
import type { Env } from "./env.ts";

/** The Durable Object around a namespace's register of members. Its name holds no region. */
export class RegisterObject extends DurableObject<Env> {
  readonly #register: Register;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#register = new Register(durableSql(ctx.storage));
  }

  async handle(call: RegisterCall): Promise<RegisterAnswer> {
    return this.#register.handle(call);
  }
}
