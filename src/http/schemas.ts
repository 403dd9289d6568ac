import { z } from "zod";
import type { ProblemCode } from "../api/problem.ts";
import { ContentType, Etags, Namespace, RequestId } from "./parameters.ts";

/** Sets of parameters that several routes share. */

export const NONE = z.strictObject({});
export const IN_NAMESPACE = z.strictObject({ ns: Namespace });

export const CONDITION_HEADERS = {
  "if-match": Etags.optional(),
  "if-none-match": Etags.optional(),
};
export const WRITE_HEADERS = { "idempotency-key": RequestId.optional() };
export const OVERRIDE_HEADERS = {
  "synod-override": z
    .literal("release")
    .optional()
    .meta({ description: "Writes a key that a release holds; the release ends as `conflicted`" }),
};
export const CONTENT_HEADERS = { "content-type": ContentType.optional() };

/** How any read that takes `min_revision` can fail. */
export const READ_PROBLEMS: readonly ProblemCode[] = ["future-revision", "behind", "overloaded", "no-quorum"];

/** How any write can fail, and one whose body is JSON. */
export const WRITE_PROBLEMS: readonly ProblemCode[] = [
  "rate-limited",
  "quota-exceeded",
  "expired",
  "idempotency-key-reused",
  "upgrading",
  "release-in-progress",
  "validation-failed",
  "too-large",
  "overloaded",
  "no-quorum",
  "outcome-unknown",
];
export const JSON_WRITE_PROBLEMS: readonly ProblemCode[] = [...WRITE_PROBLEMS, "unsupported-media-type"];

/** Any bytes at all. */
export const BYTES = { content: { "*/*": { schema: { type: "string" as const, format: "binary" } } } };

function header(description: string, type: "string" | "integer" = "string") {
  return { description, schema: { type } };
}

/** What every answer about a namespace carries. */
export const DECIDED_HEADERS = {
  "synod-revision": header("The store's revision that the answer tells of", "integer"),
  "synod-path": header(
    "How it was decided (fast, classic, leader, quorum-read, local), and its wide-area round trips: `fast; trips=1`",
  ),
};
export const READ_HEADERS = {
  ...DECIDED_HEADERS,
  "synod-lag": header("Local reads: how many milliseconds old the state may be, or `unknown`"),
};
export const WRITTEN_HEADERS = {
  ...DECIDED_HEADERS,
  "synod-request-id": header("What to send as Idempotency-Key to repeat this very write"),
};
export const ETAG_HEADER = { etag: header("The key's mod_revision, in double quotes") };
export const LIST_ETAG_HEADER = { etag: header("The same while the same keys are at the same revisions; weak") };
export const KEY_HEADERS = {
  "synod-version": header("How many times the key was written since it was created", "integer"),
  "synod-create-revision": header("The revision that created the key", "integer"),
  "synod-lease": header("The lease that keeps the key alive; absent when none does"),
  "synod-actor": header("Who wrote it, percent-encoded; absent where that is not known"),
  "synod-time": header("When the router took the write, by its clock; a label that orders nothing"),
};
