import type { Context } from "hono";
import type { Coordinator } from "../actors/outcome.ts";
import type { AppDeps } from "./deps.ts";
import { regionOf, type Whereabouts } from "./region.ts";

/** The coordinator that works for whoever sent this request. */
export function coordinatorOf(context: Context, deps: AppDeps, namespace: string): Coordinator {
  const request = context.req.raw as Request & { readonly cf?: Whereabouts };
  const claimed = deps.dev === undefined ? undefined : context.req.header("synod-region");
  return deps.coordinatorFor({
    namespace,
    region: regionOf(request.cf, claimed),
    background: (work) => background(context, work),
  });
}

function background(context: Context, work: Promise<unknown>): void {
  try {
    context.executionCtx.waitUntil(work);
  } catch {
    // Without a runtime around it (`app.request` in a test) there is nobody to wait; the work goes on all the same.
    void work;
  }
}
