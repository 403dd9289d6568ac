/**
 * The Worker of the process that holds the objects, where the edge has a process of its own (see `src/cli/start.ts`). Its door
 * is one entrypoint, through which the edge calls any of them.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "../objects/env.ts";
import { type Binding, OBJECT_HEADER } from "./door.ts";

export { AcceptorObject, LeaderObject, LearnerObject } from "../worker/index.ts";

interface Stub {
  handle(call: unknown): Promise<object & Disposable>;
  fetch(request: Request): Promise<Response>;
}

export class ObjectsDoor extends WorkerEntrypoint<Env> {
  /** The answer of one object to one call. */
  async handle(binding: Binding, name: string, call: unknown): Promise<object> {
    const answer = await this.#stub(binding, name).handle(call);
    // Plain data: there is nothing behind it that would have to be kept.
    answer[Symbol.dispose]?.();
    return { ...answer };
  }

  /** A watch: the object is named by a header. */
  override fetch(request: Request): Promise<Response> {
    const [binding = "", ...name] = (request.headers.get(OBJECT_HEADER) ?? "").split(" ");
    return this.#stub(binding as Binding, name.join(" ")).fetch(request);
  }

  #stub(binding: Binding, name: string): Stub {
    return this.env[binding].getByName(name) as unknown as Stub;
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
