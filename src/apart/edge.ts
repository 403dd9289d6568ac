/** The Worker of a process without objects: it has the product's app, and calls objects in another process. */
import type { Env } from "../objects/env.ts";
import worker from "../worker/index.ts";
import { type Binding, OBJECT_HEADER } from "./door.ts";

interface EdgeEnv extends Omit<Env, Binding> {
  readonly OBJECTS: {
    handle(binding: Binding, name: string, call: unknown): Promise<unknown>;
    fetch(request: Request): Promise<Response>;
  };
}

/** Objects of one class, as far as the app calls them. */
function objectsOf({ OBJECTS }: EdgeEnv, binding: Binding) {
  return {
    getByName: (name: string) => ({
      handle: (call: unknown) => OBJECTS.handle(binding, name, call),
      fetch(url: string, init: { readonly headers: Readonly<Record<string, string>> }) {
        const headers = { ...init.headers, [OBJECT_HEADER]: `${binding} ${name}` };
        return OBJECTS.fetch(new Request(url, { headers }));
      },
    }),
  };
}

let env: Env | undefined;

export default {
  fetch(request, edge, ctx) {
    env ??= {
      ...edge,
      ACCEPTOR: objectsOf(edge, "ACCEPTOR"),
      LEARNER: objectsOf(edge, "LEARNER"),
      LEADER: objectsOf(edge, "LEADER"),
    } as unknown as Env;
    return worker.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<EdgeEnv>;
