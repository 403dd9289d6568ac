import type { Context } from "hono";
import { ProblemError } from "../api/problem.ts";
import { DIRECTORY_NAMESPACE, type Listed } from "../node/coordinate/directory.ts";
import { needAnywhere } from "../policy/need.ts";
import { callerIn, callerRegion, coordinatorOf } from "./caller.ts";
import { permitted } from "./denied.ts";
import type { AppDeps } from "./deps.ts";

/**
 * The namespaces of the deployment after one of them, a page, for whoever may read the directory. Throws the problem
 * `not-found` where nobody keeps one, and `no-quorum` where it cannot be read.
 */
export async function directoryPage(
  context: Context,
  deps: AppDeps,
  after: string | undefined,
): Promise<{ readonly names: readonly Listed[]; readonly more: boolean }> {
  if (deps.namespaces === undefined) throw new ProblemError("not-found", "nobody keeps a directory here");
  await permitted(coordinatorOf(context, deps, DIRECTORY_NAMESPACE), [needAnywhere("read")]);
  const requester = {
    caller: callerIn(context),
    region: callerRegion(context.req.raw, deps),
    background: (work: Promise<unknown>) => context.executionCtx.waitUntil(work),
  };
  const found = await deps.namespaces(requester, after);
  if (found === undefined)
    throw new ProblemError("no-quorum", "the directory cannot be read", {}, { "retry-after": "1" });
  return found;
}
