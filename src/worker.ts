import { createApp } from "./http/app.ts";
import { freshRequestId } from "./network/host.ts";
import { DurableCoordinator } from "./objects/coordinator.ts";
import { devNetworkGet, devNetworkSet } from "./objects/dev-network.ts";
import type { Env } from "./objects/env.ts";
import { freshId } from "./objects/fresh-id.ts";
import { serveControl } from "./objects/serve-control.ts";

export { AcceptorObject } from "./objects/acceptor.ts";
export { LeaderObject } from "./objects/leader.ts";
export { LearnerObject } from "./objects/learner.ts";

const DEV_TOOLS = { networkGet: devNetworkGet, networkSet: devNetworkSet };

/** The app for this deployment's environment, which stays the same as long as the isolate lives. */
let app: ReturnType<typeof createApp> | undefined;

export default {
  fetch(request, env, ctx) {
    app ??= createApp({
      coordinatorFor: ({ background, region, namespace }) => new DurableCoordinator(env, background, region, namespace),
      freshId,
      freshRequestId: () => freshRequestId({ now: () => Date.now(), freshId }),
      token: env.SYNOD_TOKEN,
      ...(env.SYNOD_DEV === "1" ? { dev: DEV_TOOLS, hosts: hostsOf(env) } : {}),
    });
    return serveControl(request, env) ?? app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;

function hostsOf({ SYNOD_HOSTS: names = "" }: Env): readonly string[] {
  return names
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
}
