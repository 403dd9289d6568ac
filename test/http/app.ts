import { env as bindings, createExecutionContext } from "cloudflare:test";
import { createApp } from "../../src/http/app.ts";
import { OPEN } from "../../src/http/authenticate.ts";
import type { AppDeps } from "../../src/http/deps.ts";
import { DurableCoordinator } from "../../src/objects/coordinator.ts";
import { devNetworkGet, devNetworkSet } from "../../src/objects/dev-network.ts";
import type { Env } from "../../src/objects/env.ts";

const env = bindings as unknown as Env;

export type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** The app over real Durable Objects, unless told otherwise. */
export function appSend({ token, ...deps }: Partial<AppDeps> & { readonly token?: string } = {}): Send {
  const app = createApp({
    coordinatorFor: (requester) => new DurableCoordinator(env, requester),
    access: token === undefined ? OPEN : { isOpen: false, rootTokens: [token] },
    freshId: () => crypto.randomUUID(),
    freshRequestId: () => crypto.randomUUID(),
    dev: { networkGet: devNetworkGet, networkSet: devNetworkSet },
    ...deps,
  });
  return async (path, init) => app.fetch(new Request(`http://synod.test${path}`, init), env, createExecutionContext());
}

/** A namespace that no other test has. */
export function freshNamespace(): string {
  return `t-${crypto.randomUUID()}`;
}

/** Asserts that the answer is a problem, and gives its document. */
export async function problemOf(response: Response, code: string): Promise<Record<string, unknown>> {
  const body = (await response.json()) as Record<string, unknown>;
  if (body.code !== code || body.status !== response.status || body.type !== `/problems/${code}`) {
    throw new Error(`expected ${code}, got ${response.status} ${JSON.stringify(body)}`);
  }
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") throw new Error(`a problem must not be ${type}`);
  return body;
}
