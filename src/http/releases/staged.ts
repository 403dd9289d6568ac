import type { Target } from "../../api/cohort.ts";
import { ProblemError } from "../../api/problem.ts";
import { keyToJson } from "../../api/readable.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { writeOf } from "../../rollout/operations.ts";
import type { AnswerHeaders } from "../outcome.ts";
import { valueResponse } from "../value.ts";
import { effectiveLoad, releaseHeader } from "./overlays.ts";

/** What a release shows a target in place of a key, if it does; and the header that tells of the release in any case. */
export interface StagedRead {
  readonly headers: AnswerHeaders;
  readonly response: Response | undefined;
}

/** `headers`: of the answer that the key itself would have. */
export async function stagedRead(
  coordinator: Coordinator,
  { revision, key, headers }: { readonly revision: number; readonly key: Uint8Array; readonly headers: AnswerHeaders },
  target: Target,
): Promise<StagedRead> {
  const effective = await effectiveLoad(coordinator, revision, keyToJson(key), target);
  const told = releaseHeader(effective);
  const { change, release } = effective;
  if (change === undefined || release === undefined) return { headers: told, response: undefined };
  const written = writeOf(change);
  // Another value than the key's: no revision of the key names it.
  const all = { ...headers, ...told, etag: `"${release.id}.${release.step}"` };
  if (written.kind === "put")
    return { headers: told, response: valueResponse(written.value, written.contentType, all) };
  throw new ProblemError(
    "not-found",
    `the release ${release.id} takes the key away from this target`,
    { revision },
    all,
  );
}
