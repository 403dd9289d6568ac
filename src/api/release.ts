import { z } from "zod";
import { KeyFields, ValueFields } from "./key-fields.ts";
import { RELEASE_STATES } from "./release-state.ts";
import { Name, Strategy } from "./strategy.ts";

/** Keys that one release may change. */
export const RELEASE_KEYS_MAX = 100;
/** Bytes of a release's staged values as JSON. */
export const RELEASE_BYTES_MAX = 1024 * 1024;
export const NOTE_CHARS_MAX = 1_000;
export const APPROVALS_MAX = 16;
export const FINDINGS_MAX = 100;
/** Characters of a finding, or of a reason. */
export const REASON_CHARS_MAX = 500;

const base64 = z.literal("base64").optional();
const revision = z.int().nonnegative();
const ms = z.int().nonnegative();

/** One key of a release, as a person writes it. */
export const ChangeInput = z
  .strictObject({
    ...KeyFields,
    value: ValueFields.value.optional(),
    value_encoding: ValueFields.value_encoding,
    content_type: z
      .string()
      .regex(/^[\x20-\x7e]{1,256}$/, "1 to 256 printable ASCII characters")
      .optional(),
    delete: z.literal(true).optional(),
  })
  .refine(({ value, delete: gone }) => (value === undefined) === (gone === true), "give either value or delete")
  .meta({ id: "ChangeInput" });
export type ChangeInput = z.output<typeof ChangeInput>;

export const ReleaseInput = z
  .strictObject({
    changes: z.array(ChangeInput).min(1).max(RELEASE_KEYS_MAX),
    strategy: z.union([Name, Strategy]).optional().meta({ description: "A strategy, or the name of one" }),
    note: z.string().max(NOTE_CHARS_MAX).optional(),
    salt: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/)
      .optional()
      .meta({ description: "Of a release that is tried again: the same targets go first" }),
    draft: z.boolean().optional().meta({ description: "true: it is not validated yet" }),
  })
  .meta({ id: "ReleaseInput" });
export type ReleaseInput = z.output<typeof ReleaseInput>;

export const Finding = z
  .object({
    severity: z.enum(["error", "warning", "info"]),
    code: z.string(),
    key: z.string().optional(),
    key_encoding: base64,
    detail: z.string(),
  })
  .meta({ id: "Finding" });
export type Finding = z.infer<typeof Finding>;

/** A change of a release without its value, which stands in a document of its own. */
export const ReleaseChange = z.object({
  key: z.string(),
  key_encoding: base64,
  delete: z.literal(true).optional(),
  content_type: z.string().optional(),
  bytes: z.int().optional().meta({ description: "Of the value" }),
  base_mod_revision: revision.meta({ description: "The key's revision that the release was made on; 0: none" }),
});
export type ReleaseChange = z.infer<typeof ReleaseChange>;

/** A staged value. These never change once a release is made. */
export const StagedChange = z.object({
  key: z.string(),
  key_encoding: base64,
  value: z.string().optional(),
  value_encoding: base64,
  content_type: z.string().optional(),
});
export type StagedChange = z.infer<typeof StagedChange>;
export const Staged = z.object({ changes: z.array(StagedChange) });
export type Staged = z.infer<typeof Staged>;

export const VERDICTS = ["ok", "worse", "insufficient", "silent"] as const;
export const Verdict = z
  .object({
    guard: z.string().meta({ description: "The guard's kind, with its name where it has one" }),
    action: z.enum(["observe", "pause", "rollback"]),
    verdict: z.enum(VERDICTS),
    detail: z.string(),
    evidence: z.number().optional().meta({ description: "The e-value: it fires at 1/alpha" }),
    exposed: z.object({ bad: z.number(), units: z.number() }).optional(),
    control: z.object({ bad: z.number(), units: z.number() }).optional(),
  })
  .meta({ id: "Verdict" });
export type Verdict = z.infer<typeof Verdict>;

/** A learner's own word that the stage's time is over and its guards are fine. */
export const Yes = z.object({
  region: z.string(),
  step: revision.meta({ description: "The release's step that it speaks of" }),
  dwelt_ms: ms,
  verdicts: z.array(Verdict),
});
export type Yes = z.infer<typeof Yes>;

export const TRANSITIONS = [
  "create",
  "validate",
  "approve",
  "reject",
  "schedule",
  "start",
  "advance",
  "complete",
  "pause",
  "resume",
  "rollback",
  "revert",
  "cancel",
  "conflict",
] as const;
export type TransitionKind = (typeof TRANSITIONS)[number];

/** What happened to a release, with all that it was decided on. */
export const Transition = z
  .object({
    kind: z.enum(TRANSITIONS),
    from: z.enum(RELEASE_STATES).optional(),
    to: z.enum(RELEASE_STATES),
    stage: z.int().optional(),
    by: z.string().meta({ description: "A principal, or learner:<region>" }),
    at_ms: ms.meta({ description: "By the clock of who decided; never used for order" }),
    reason: z.string().optional(),
    evidence: z.array(Yes).optional(),
    overrode: z.string().optional().meta({ description: "The freeze window that an operator went past" }),
  })
  .meta({ id: "Transition" });
export type Transition = z.infer<typeof Transition>;

/** A release as it stands in its document. Its revision is the `step`. */
export const Release = z
  .object({
    id: z.string(),
    state: z.enum(RELEASE_STATES),
    stage: z.int().nullable().meta({ description: "Counted from 0, while it is staged or paused in a stage" }),
    author: z.string(),
    note: z.string().optional(),
    salt: z.string(),
    created_ms: ms,
    changes: z.array(ReleaseChange),
    digest: z.string().meta({ description: "SHA-256 of the staged values: what an approval is about" }),
    strategy: Strategy,
    strategy_name: z.string().optional(),
    findings: z.array(Finding),
    approvals: z.array(z.object({ by: z.string(), at_ms: ms })),
    start_at_ms: ms.optional(),
    transitions: z.int().meta({ description: "How many there were; the last one is below" }),
    last: Transition,
    shown_revision: revision.optional().meta({ description: "completed: of the write of all its keys" }),
    reverts: z.string().optional(),
    reverted_by: z.string().optional(),
    conflict: z.string().optional().meta({ description: "The key that somebody else wrote" }),
  })
  .meta({ id: "Release" });
export type Release = z.infer<typeof Release>;
