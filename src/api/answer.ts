import { z } from "zod";
import { LeaseIdText } from "./lease-id.ts";
import { KeyJson, KeyValueJson } from "./readable.ts";

/** JSON bodies of successful answers. */

export const PutAnswer = z
  .object({
    revision: z.int().meta({ description: "The key's new mod_revision" }),
    version: z.int().optional().meta({ description: "1: the key was created. Absent for a repeat that is long past" }),
  })
  .meta({ id: "PutAnswer" });

export const DeleteAnswer = z
  .object({
    revision: z.int(),
    deleted: z
      .int()
      .optional()
      .meta({ description: "0: there was no such key. Absent for a repeat that is long past" }),
  })
  .meta({ id: "DeleteAnswer" });

export const ListAnswer = z
  .object({
    revision: z.int().meta({ description: "The revision at which all pages of this list are read" }),
    keys: z.array(z.union([KeyValueJson, KeyJson])),
    prefixes: z
      .array(z.object({ prefix: z.string(), prefix_encoding: KeyJson.shape.key_encoding }))
      .optional()
      .meta({ description: "Only with delimiter: what the keys further down begin with, one for all of them" }),
    cursor: z.string().optional().meta({ description: "Of the next page; absent on the last" }),
  })
  .meta({ id: "ListAnswer" });

const ttl = z.int().meta({ description: "Seconds, as granted" });

export const LeaseAnswer = z.object({ revision: z.int(), id: LeaseIdText, ttl }).meta({ id: "LeaseAnswer" });

export const LeaseHeldAnswer = z
  .object({
    revision: z.int(),
    id: LeaseIdText,
    ttl,
    remaining: z.int().optional().meta({ description: "Seconds left, as the learner that answers measures them" }),
    keys: z
      .array(KeyJson.pick({ key: true, key_encoding: true }))
      .optional()
      .meta({ description: "The keys that go with it, in order; only with ?keys=true" }),
    cursor: z.string().optional().meta({ description: "Of the next page of keys; absent on the last" }),
  })
  .meta({ id: "LeaseHeldAnswer" });

export const LeasesAnswer = z
  .object({
    revision: z.int(),
    leases: z.array(LeaseIdText),
    after: LeaseIdText.optional().meta({ description: "Pass it on as ?after= for the next page; absent on the last" }),
  })
  .meta({ id: "LeasesAnswer" });

export const RevokeAnswer = z
  .object({
    revision: z.int(),
    deleted: z.int().optional().meta({ description: "Keys that went with it. Absent for a repeat that is long past" }),
  })
  .meta({ id: "RevokeAnswer" });

const token = z.int().meta({ description: "The fencing token: it rises with every holder" });

export const LockAnswer = z
  .object({
    revision: z.int(),
    token,
    lease: LeaseIdText.meta({ description: "The lock is held for as long as this lease lives" }),
    ...KeyJson.pick({ key: true, key_encoding: true }).shape,
    ttl: ttl.meta({ description: "Seconds until somebody else may hold it, without a keep-alive" }),
  })
  .meta({ id: "LockAnswer" });

export const LockStateAnswer = z
  .object({
    revision: z.int(),
    held: z.boolean(),
    holder: z
      .object({ token, lease: LeaseIdText.optional(), ...KeyJson.pick({ key: true, key_encoding: true }).shape })
      .optional()
      .meta({ description: "Whose turn it is; absent when the lock is free" }),
    waiting: z.int().meta({ description: "How many stand in line behind" }),
  })
  .meta({ id: "LockStateAnswer" });

export const LockReleaseAnswer = z
  .object({
    revision: z.int(),
    released: z.boolean().meta({ description: "false: it was not held under this token any more" }),
  })
  .meta({ id: "LockReleaseAnswer" });

export const LevelAnswer = z
  .object({
    revision: z.int(),
    level: z.int().meta({ description: "The feature level of the namespace from here on" }),
  })
  .meta({ id: "LevelAnswer" });

export const RestoreAnswer = z
  .object({ revision: z.int(), next: z.int().meta({ description: "The chunk that is wanted next" }) })
  .meta({ id: "RestoreAnswer" });

export const CompactAnswer = z.object({ revision: z.int() }).meta({ id: "CompactAnswer" });

const AcceptorStatus = z.object({
  region: z.string(),
  reachable: z.boolean(),
  promised: z.object({ n: z.int(), proposer: z.string() }).optional(),
  open_from: z.int().nullable().optional().meta({ description: "First slot open to fast writes; null: closed" }),
  leader: z.string().optional().meta({ description: "Where the owner of that promise leads from, while it does" }),
  last_slot: z.int().optional(),
  chosen_up_to: z.int().optional(),
  round_trip_ms: z.number().optional(),
  silent: z
    .enum(["blank", "lost-storage", "older-copy", "newer-state", "membership"])
    .optional()
    .meta({ description: "Why this acceptor takes no part, where it says so; it does not count as reachable then" }),
  life: z.int().optional().meta({ description: "How often it returned after it had lost its storage" }),
  since_ms: z.number().optional().meta({ description: "When it went silent, by its own clock" }),
  build_level: z.int().optional().meta({ description: "The highest feature level that its build knows" }),
});

const LearnerStatus = z.object({
  region: z.string(),
  reachable: z.boolean(),
  applied_up_to: z.int().optional(),
  revision: z.int().optional(),
  digest: z.string().optional().meta({ description: "Equal at equal slots, or something is very wrong" }),
  watchers: z.int().optional(),
  watch_bytes: z.int().optional().meta({
    description: "Bytes held for watchers: sent and not acknowledged, or kept to be sent",
  }),
  lag_ms: z
    .number()
    .optional()
    .meta({ description: "Since it last knew that it missed nothing; absent: it never did" }),
  lag_slots: z.int().optional().meta({ description: "Slots that another learner has applied and this one has not" }),
  batch_size: z.number().optional().meta({ description: "Commands in an entry, of those it proposed lately; 0: none" }),
  miss_rate: z.number().optional().meta({ description: "Share of its last fast rounds that missed, 0 to 1" }),
  level: z.int().optional().meta({ description: "The feature level of its state" }),
  build_level: z.int().optional().meta({ description: "The highest feature level that its build knows" }),
  stopped: z.object({ slot: z.int().optional(), why: z.string() }).optional().meta({
    description:
      "What its build does not know: the entry in this slot or, without one, its stored state. It goes on after its update",
  }),
  suspended: z.boolean().optional().meta({
    description:
      "Out of service, because its state differed from a majority's, or the level was raised without it: it is being begun anew",
  }),
  alarms: z
    .array(z.object({ kind: z.enum(["invariant", "digest"]), detail: z.string(), at: z.string() }))
    .optional()
    .meta({ description: "What must never happen and did, since it was last started" }),
  round_trip_ms: z.number().optional(),
});

export const StatusAnswer = z
  .object({
    namespace: z.string(),
    epoch: z.int(),
    revision: z.int(),
    mode: z.object({ kind: z.enum(["fast", "closed", "leader"]), where: z.string().optional() }),
    acceptors: z.array(AcceptorStatus),
    learners: z.array(LearnerStatus),
  })
  .meta({ id: "StatusAnswer" });
export type StatusAnswer = z.infer<typeof StatusAnswer>;

export const NamespaceHealthAnswer = z
  .object({
    status: z.enum(["ok", "degraded", "down"]),
    margin: z.int().meta({ description: "Acceptors that may fail before writes stop; below 0: they have" }),
    detail: z.string(),
    reasons: z.array(
      z.object({
        code: z.enum([
          "acceptor-unreachable",
          "acceptor-silent",
          "learner-unreachable",
          "learner-behind",
          "learner-stopped",
          "learner-suspended",
          "alarm",
        ]),
        region: z.string(),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: "NamespaceHealthAnswer" });

export const HealthAnswer = z.object({ status: z.literal("ok") }).meta({ id: "HealthAnswer" });

export const ProblemKindAnswer = z
  .object({ code: z.string(), status: z.int(), title: z.string() })
  .meta({ id: "ProblemKindAnswer" });
