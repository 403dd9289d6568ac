import { type App, createApp } from "./http/app.ts";
import type { Access } from "./http/authenticate.ts";
import type { Requester } from "./http/deps.ts";
import { JwtIssuer } from "./http/identity.ts";
import { rootTokensParse } from "./network/deployment.ts";
import { freshRequestId } from "./network/host.ts";
import { DIRECTORY_NAMESPACE, Directory } from "./node/coordinate/directory.ts";
import { ListedCoordinator } from "./node/coordinate/listed-coordinator.ts";
import { DurableCoordinator } from "./objects/coordinator.ts";
import { devNetworkGet, devNetworkSet } from "./objects/dev-network.ts";
import type { Env } from "./objects/env.ts";
import { freshId } from "./objects/fresh-id.ts";
import { type Caller, SYSTEM } from "./policy/caller.ts";

const DEV_TOOLS = { networkGet: devNetworkGet, networkSet: devNetworkSet };

/** The app for this deployment's environment, which stays the same as long as the isolate lives. */
let anywhere: App | undefined;
/** The apps for callers by a binding, which is a capability by itself. */
const bindings = new Map<string, App>();
const BINDINGS_MAX = 100;

/** The app for requests from anywhere. */
export function appOf(env: Env): App {
  anywhere ??= appWith(env, accessOf(env), true);
  return anywhere;
}

/** The app for a binding's callers. */
export function appFor(env: Env, binding: Caller): App {
  const name = JSON.stringify(binding);
  const app = bindings.get(name) ?? appWith(env, { ...accessOf(env), binding }, false);
  if (bindings.size >= BINDINGS_MAX) bindings.clear();
  bindings.set(name, app);
  return app;
}

function appWith(env: Env, access: Access, isAnywhere: boolean): App {
  return createApp({
    coordinatorFor: (requester) => listed(env, requester),
    namespaces: (requester, after) => directory.list(synodOf(env, requester), after),
    freshId,
    freshRequestId: () => freshRequestId({ now: () => Date.now(), freshId }),
    access,
    ...(isAnywhere ? { dashboard: env.ASSETS } : {}),
    ...(env.SYNOD_DEV === "1" ? { dev: DEV_TOOLS } : {}),
    // No web page may reach a server of this machine by a name of its own.
    ...(isAnywhere && (env.SYNOD_DEV === "1" || access.isOpen) ? { hosts: hostsOf(env) } : {}),
  });
}

/** Which namespaces there are, as far as this isolate has asked. */
const directory = new Directory(() => Date.now());

function synodOf(env: Env, requester: Omit<Requester, "namespace">): DurableCoordinator {
  return new DurableCoordinator(env, { ...requester, namespace: DIRECTORY_NAMESPACE, caller: SYSTEM });
}

function listed(env: Env, requester: Requester): ListedCoordinator {
  const ports = { ...requester, directory, synod: synodOf(env, requester) };
  return new ListedCoordinator(new DurableCoordinator(env, requester), ports);
}

/** Whom a deployment knows by its secrets and variables. */
export function accessOf(env: Env): Access {
  const rootTokens = rootTokensParse(env.SYNOD_ROOT_TOKEN ?? env.SYNOD_TOKEN);
  const isLocal = env.SYNOD_DEV === "1" || env.SYNOD_OPEN === "1";
  const { SYNOD_JWT_ISSUER: issuer, SYNOD_JWT_AUDIENCE: audience, SYNOD_JWT_JWKS: keysUrl } = env;
  const isIssued = issuer !== undefined && audience !== undefined && keysUrl !== undefined;
  const jwt = isIssued ? { jwt: new JwtIssuer({ issuer, audience, keysUrl }) } : {};
  return { isOpen: isLocal && rootTokens.length === 0, rootTokens, ...jwt };
}

function hostsOf({ SYNOD_HOSTS: names = "" }: Env): readonly string[] {
  return names
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
}
