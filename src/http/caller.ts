import type { Context } from "hono";
import { ProblemError } from "../api/problem.ts";
import type { Region } from "../network/region.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import { ANONYMOUS, type Caller } from "../policy/caller.ts";
import type { AppDeps } from "./deps.ts";
import { regionOf, type Whereabouts } from "./region.ts";

/** The coordinator that works for whoever sent this request. */
export function coordinatorOf(context: Context, deps: AppDeps, namespace: string): Coordinator {
  const caller = callerIn(context);
  if (isElsewhere(caller, namespace)) throw new ProblemError("forbidden", "the ticket is for another namespace");
  return deps.coordinatorFor({
    namespace,
    region: callerRegion(context.req.raw, deps),
    background: (work) => context.executionCtx.waitUntil(work),
    caller,
  });
}

/** Whether a caller was let into another namespace only. */
export function isElsewhere(caller: Caller, namespace: string): boolean {
  return caller.kind === "ticket" && caller.namespace !== namespace;
}

/** Who sent this request, as the authenticator found. */
export function callerIn(context: Context): Caller {
  return (context.get("caller") as Caller | undefined) ?? ANONYMOUS;
}

/**
 * Where this request comes from; in development, where it says that it does: in `synod-region`, or, for a browser's
 * WebSocket, which has no headers of its own, in a subprotocol `synod-region.oc`.
 */
export function callerRegion(request: Request, deps: AppDeps): Region {
  const { cf } = request as Request & { readonly cf?: Whereabouts };
  return regionOf(cf, deps.dev === undefined ? undefined : claimed(request.headers));
}

function claimed(headers: Headers): string | undefined {
  const protocols = headers.get("sec-websocket-protocol") ?? "";
  return headers.get("synod-region") ?? /(?:^|[ ,])synod-region\.([\w-]+)/.exec(protocols)?.[1];
}
