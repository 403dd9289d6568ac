import type { Context } from "hono";
import type { Region } from "../network/region.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import type { AppDeps } from "./deps.ts";
import { regionOf, type Whereabouts } from "./region.ts";

/** The coordinator that works for whoever sent this request. */
export function coordinatorOf(context: Context, deps: AppDeps, namespace: string): Coordinator {
  return deps.coordinatorFor({
    namespace,
    region: callerRegion(context.req.raw, deps),
    background: (work) => context.executionCtx.waitUntil(work),
  });
}

/** Where this request comes from; in development, where it says that it does. */
export function callerRegion(request: Request, deps: AppDeps): Region {
  const { cf } = request as Request & { readonly cf?: Whereabouts };
  return regionOf(cf, deps.dev === undefined ? undefined : (request.headers.get("synod-region") ?? undefined));
}
