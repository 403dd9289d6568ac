import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { utf8Encode } from "../../api/bytes.ts";
import { ProblemError } from "../../api/problem.ts";
import type { ReleaseInput } from "../../api/release.ts";
import type { Coordinator } from "../../node/coordinate/coordinator.ts";
import { releaseNew } from "../../rollout/create.ts";
import type { Asker } from "../../rollout/event.ts";
import { createOp } from "../../rollout/operations.ts";
import { transition } from "../../rollout/transition.ts";
import { unexpected, write } from "../outcome.ts";
import type { Changed } from "./change.ts";
import { findingsRefuse } from "./findings.ts";
import { releaseLoad } from "./load.ts";
import { type Draft, draftOf, heldProblem } from "./make.ts";

/** Who makes a release, and by which request. */
export interface Creation {
  readonly requestId: string;
  readonly asker: Extract<Asker, { readonly kind: "person" }>;
  readonly nowMs: number;
  /** The completed release that this one undoes. */
  readonly reverts?: string | undefined;
}

/** Makes a release. Its id comes from the request's, so that a repeat finds the release that the first one made. */
export async function releaseCreate(coordinator: Coordinator, input: ReleaseInput, by: Creation): Promise<Changed> {
  const id = `r-${bytesToHex(sha256(utf8Encode(`release ${by.requestId}`))).slice(0, 12)}`;
  const draft = await draftOf(coordinator, input);
  const others = draft.held.filter(({ release }) => release !== id);
  if (others.length > 0) throw heldProblem(others);
  if (input.draft !== true) findingsRefuse(draft.findings);
  const { release, transitions } = madeRelease(id, input, draft, by);
  const op = createOp(release, draft.staged, transitions);
  const { result, headers } = await write(coordinator, { op, requestId: by.requestId }, { kind: "release", ...input });
  if (result.kind !== "txn" && result.kind !== "applied-before") throw unexpected(result);
  if (result.kind === "txn" && !result.succeeded) {
    throw new ProblemError(
      "release-conflicted",
      "a key changed, or was taken, meanwhile; nothing was done",
      {},
      headers,
    );
  }
  const { value } = await releaseLoad(coordinator, id);
  return { ...value, headers };
}

function madeRelease(id: string, input: ReleaseInput, draft: Draft, { asker, nowMs, reverts }: Creation) {
  const made = releaseNew({
    id,
    salt: input.salt ?? saltOf(id),
    author: asker.id,
    note: input.note,
    nowMs,
    changes: draft.made.map(({ change }) => change),
    digest: draft.digest,
    strategy: draft.strategy,
    strategyName: draft.strategyName,
    reverts,
  });
  if (input.draft === true) return { release: made, transitions: [made.last] };
  const event = { kind: "validate", findings: draft.findings } as const;
  const validated = transition(made, event, asker, { nowMs, step: 0, freezes: [], learners: 1 });
  if (validated.kind === "refused") throw new ProblemError(validated.code, validated.detail);
  return { release: validated.release, transitions: [made.last, validated.release.last] };
}

/** A salt that a repeat of the request makes again. */
export function saltOf(of: string): string {
  return bytesToHex(sha256(utf8Encode(`salt ${of}`))).slice(0, 16);
}
