import type { OpenAPIHono } from "@hono/zod-openapi";
import { devNetworkGet, devNetworkSet } from "../network/dev-network.ts";
import { DurableCoordinator } from "../objects/coordinator.ts";
import type { Env } from "../objects/env.ts";
import { createApp } from "./app.ts";

export { AcceptorObject } from "../objects/acceptor.ts";
export { LearnerObject } from "../objects/learner.ts";

/** Made of the first request's `env`, which is the same for all requests of an isolate. */
let app: OpenAPIHono | undefined;

function appOf(env: Env): OpenAPIHono {
  return createApp({
    coordinatorFor: ({ namespace, region, background }) => new DurableCoordinator(env, background, region, namespace),
    freshId: () => crypto.randomUUID(),
    token: env.SYNOD_TOKEN,
    dev: env.SYNOD_DEV === undefined ? undefined : { networkGet: devNetworkGet, networkSet: devNetworkSet },
  });
}

export default {
  fetch(request, env, context) {
    app ??= appOf(env);
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
