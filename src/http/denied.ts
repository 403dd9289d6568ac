import { ProblemError } from "../api/problem.ts";
import type { Coordinator } from "../node/coordinate/coordinator.ts";
import type { Need } from "../policy/need.ts";
import type { Denied } from "../policy/policy.ts";
import { unauthorized } from "./authenticate.ts";

/** A denial as a client is told of it: 401 for a caller that nobody knows, 403 for one that may not. */
export function deniedProblem({ why, detail, stamp }: Denied): ProblemError {
  if (why === "unauthenticated") return unauthorized(detail);
  return new ProblemError("forbidden", detail, { policy_revision: stamp });
}

/** Throws the problem that says why not, unless the coordinator's caller has these rights. */
export async function permitted(coordinator: Coordinator, needs: readonly Need[]): Promise<void> {
  const decision = await coordinator.permit(needs);
  if (decision?.kind === "denied") throw deniedProblem(decision);
  if (decision === undefined) throw undecided();
}

/** No learner that holds the documents can be reached. */
export function undecided(): ProblemError {
  const detail = "no learner answers that could tell whether this is permitted";
  return new ProblemError("no-quorum", detail, {}, { "retry-after": "1" });
}
