import { Register } from "../../src/node/register/register.ts";
import type { RegisterAnswer, RegisterCall } from "../../src/node/register/register-call.ts";
import { type Actor, DurableMachine } from "./durable-machine.ts";

/** The namespace's register of members, which is in some region as every object is. */
export class RegisterMachine extends DurableMachine<RegisterCall, RegisterAnswer> {
  protected actorFor(): Actor<RegisterCall, RegisterAnswer> {
    const register = new Register(this.disk);
    return { handle: async (call) => register.handle(call), alarm: async () => {} };
  }
}
