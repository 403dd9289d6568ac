import type { Release } from "../api/release.ts";
import { type Asker, type ReleaseEvent, type ReleaseRefusal, type ReleaseVerb, releaseRefused } from "./event.ts";

/** Which of these verbs a person needs. An operator may do whatever an author may, except approve his own. */
const VERBS: Readonly<Record<ReleaseEvent["kind"], readonly ReleaseVerb[]>> = {
  validate: ["release:author", "release:operate"],
  approve: ["release:approve"],
  reject: ["release:approve", "release:operate"],
  schedule: ["release:author", "release:operate"],
  start: ["release:author", "release:operate"],
  advance: ["release:operate"],
  complete: ["release:operate"],
  pause: ["release:operate"],
  resume: ["release:operate"],
  rollback: ["release:operate"],
  revert: ["release:operate"],
  cancel: ["release:author", "release:operate"],
  conflict: ["release:operate"],
};

/** What a learner does by itself: go on by two, withdraw by one. */
const LEARNER: readonly ReleaseEvent["kind"][] = ["start", "advance", "complete", "pause", "rollback", "conflict"];

/** Why this asker may not ask for the event; undefined when it may. */
export function mayAsk(release: Release, event: ReleaseEvent, asker: Asker): ReleaseRefusal | undefined {
  if (asker.kind === "learner") return learnerRefused(release, event);
  const needed = VERBS[event.kind];
  if (!needed.some((verb) => asker.verbs.has(verb))) {
    return releaseRefused("forbidden", `${event.kind} needs ${needed.join(" or ")}`);
  }
  return (
    isOwn(event, asker.id, release) ?? alreadyRefused(event, asker.id, release) ?? notAuthor(event, asker, release)
  );
}

function learnerRefused({ state }: Release, { kind }: ReleaseEvent): ReleaseRefusal | undefined {
  if (!LEARNER.includes(kind)) return releaseRefused("forbidden", `a learner never asks for ${kind}`);
  if (kind !== "start" || state === "scheduled") return undefined;
  return releaseRefused("forbidden", "a learner starts what is scheduled, and nothing else");
}

function isOwn({ kind }: ReleaseEvent, id: string, { author }: Release): ReleaseRefusal | undefined {
  if (kind !== "approve" || id !== author) return undefined;
  return releaseRefused("forbidden", "somebody else than the author approves a release");
}

function alreadyRefused({ kind }: ReleaseEvent, id: string, { approvals }: Release): ReleaseRefusal | undefined {
  if (kind !== "approve" || !approvals.some(({ by }) => by === id)) return undefined;
  return releaseRefused("release-state", "you approved it already");
}

/** What an author may do, he may do to his own releases. */
function notAuthor(
  { kind }: ReleaseEvent,
  { id, verbs }: Extract<Asker, { readonly kind: "person" }>,
  { author }: Release,
): ReleaseRefusal | undefined {
  const isAuthors = kind === "validate" || kind === "schedule" || kind === "start" || kind === "cancel";
  if (!isAuthors || id === author || verbs.has("release:operate")) return undefined;
  return releaseRefused("forbidden", `${kind} is for the release's author, or an operator`);
}
