import type { Context } from "hono";
import { ProblemError } from "../../api/problem.ts";
import { keyFromJson } from "../../api/readable.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { withNeeds } from "../../node/coordinate/with-needs.ts";
import { callerName } from "../../policy/caller.ts";
import { type Need, needAnywhere } from "../../policy/need.ts";
import type { Asker, ReleaseVerb } from "../../rollout/event.ts";
import { callerIn } from "../caller.ts";
import { deniedProblem } from "../denied.ts";

type Person = Extract<Asker, { readonly kind: "person" }>;

const VERBS: readonly ReleaseVerb[] = ["release:author", "release:approve", "release:operate"];

/** Somebody who may do something to the releases of these keys, and the coordinator that does it. */
export interface Releaser {
  readonly asker: Person;
  readonly coordinator: Coordinator;
}

/** Who sent this request, with what it may do to releases of `keys`; the problem that it may do nothing. */
export async function releaserOf(
  context: Context,
  coordinator: Coordinator,
  keys: readonly Uint8Array[],
): Promise<Releaser> {
  const needsOf = (verb: ReleaseVerb): readonly Need[] => keys.map((key) => ({ verb, key }));
  const decisions = await Promise.all(VERBS.map((verb) => coordinator.permit(needsOf(verb))));
  const verbs = VERBS.filter((_, index) => decisions[index]?.kind === "allowed");
  const [verb] = verbs.toReversed();
  const denied = decisions.find((decision) => decision?.kind === "denied");
  if (verb === undefined && denied?.kind === "denied") throw deniedProblem(denied);
  const asker: Person = { kind: "person", id: callerName(callerIn(context)), verbs: new Set(verbs) };
  return { asker, coordinator: withNeeds(coordinator, verb === undefined ? [needAnywhere("admin")] : needsOf(verb)) };
}

/** The key of a change as a client names it. */
export function changeKey({
  key,
  key_encoding: encoding,
}: {
  readonly key: string;
  readonly key_encoding?: string | undefined;
}): Uint8Array {
  const bytes = keyFromJson(encoding === "base64" ? { key, key_encoding: encoding } : { key });
  if (bytes !== undefined) return bytes;
  throw new ProblemError("invalid-request", "body changes: a key is not base64", { parameter: "changes" });
}

/** Releases, strategies and schemas are read by whoever may read something. */
export function asReader(coordinator: Coordinator): Coordinator {
  return withNeeds(coordinator, [needAnywhere("read")]);
}
