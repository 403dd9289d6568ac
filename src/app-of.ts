import { type App, createApp } from "./http/app.ts";
import { freshRequestId } from "./network/host.ts";
import { DurableCoordinator } from "./objects/coordinator.ts";
import { devNetworkGet, devNetworkSet } from "./objects/dev-network.ts";
import type { Env } from "./objects/env.ts";
import { freshId } from "./objects/fresh-id.ts";

const DEV_TOOLS = { networkGet: devNetworkGet, networkSet: devNetworkSet };

/** From whom requests come: from anywhere, with a token; or over a binding, which is a capability by itself. */
type Origin = "anywhere" | "binding";

/** The apps for this deployment's environment, which stays the same as long as the isolate lives. */
const apps = new Map<Origin, App>();

export function appOf(env: Env, origin: Origin): App {
  const known = apps.get(origin);
  if (known !== undefined) return known;
  const isOpen = origin === "anywhere";
  const app = createApp({
    coordinatorFor: ({ background, region, namespace }) => new DurableCoordinator(env, background, region, namespace),
    freshId,
    freshRequestId: () => freshRequestId({ now: () => Date.now(), freshId }),
    token: isOpen ? env.SYNOD_TOKEN : undefined,
    ...(isOpen ? { dashboard: env.ASSETS } : {}),
    ...(env.SYNOD_DEV === "1" ? { dev: DEV_TOOLS } : {}),
    ...(env.SYNOD_DEV === "1" && isOpen ? { hosts: hostsOf(env) } : {}),
  });
  apps.set(origin, app);
  return app;
}

function hostsOf({ SYNOD_HOSTS: names = "" }: Env): readonly string[] {
  return names
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
}
