import type { Mutant } from "./mutant.ts";

/** Who may do what, and from when on (protocol, "Policy"). */
export const POLICY_MUTANTS: readonly Mutant[] = [
  {
    name: "a stamp is not compared",
    rule: "Policy: nothing ordered after a revocation passes",
    edits: [{ find: "stamp !== policy &&", replace: "stamp > policy &&" }],
    layers: ["tests"],
  },
  {
    name: "the id of a request that documents overtook is kept",
    rule: "Policy: the same request, decided anew, takes effect",
    edits: [
      {
        find: 'if (isOutdated(operations, work, command)) return refused("policy-changed", work.revision);',
        replace:
          'if (isOutdated(operations, work, command)) {\n    const why = refused("policy-changed", work.revision);\n    draft.requests.keep(command.id, slot, keptEncode(operations, command.op, why), command.print ?? null);\n    return why;\n  }',
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a stamp is compared with the documents before the entry",
    rule: "Policy: what the commands before it in the entry left",
    edits: [{ find: "  work.policy = turn.policy;\n", replace: "" }],
    layers: ["tests"],
  },
  {
    name: "a delete of a document is no change of policy",
    rule: "Policy: the last revision that changed a document",
    edits: [
      {
        find: "if (isPolicyKey(key)) turn.policy",
        replace: "if (isPolicyKey(key) && !deletes) turn.policy",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a refusal for its stamp is told by the request's id",
    rule: "Exactly once: such refusals are told by slot",
    edits: [{ find: '"upgrading", "policy-changed", "restoring"]', replace: '"upgrading", "restoring"]' }],
    layers: ["tests"],
  },
  {
    name: "a command that documents overtook is not decided anew",
    rule: "Policy: decided anew where it was decided",
    edits: [
      {
        find: 'if (told.outcome.kind !== "policy-changed") return { kind: "written", outcome: told.outcome };',
        replace:
          'if (told.outcome.kind !== "policy-changed") return { kind: "written", outcome: told.outcome };\n      return { kind: "written", outcome: POLICY_UNSETTLED };',
      },
    ],
    layers: ["tests"],
  },
  {
    name: "clients' open ranges reach the documents",
    rule: "Policy: no client's key reaches a document",
    edits: [
      {
        find: "to: isOpen || isBeyond ? SYSTEM_START : end",
        replace: "to: isOpen || isBeyond ? new Uint8Array(2_048).fill(0xff) : end",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a denial is not confirmed",
    rule: "Policy: what was just granted is not denied",
    edits: [
      {
        find: 'if (first.kind === "allowed" || now - this.#confirmedAt < CONFIRM_MS) return first;',
        replace: 'if (first.kind === "allowed" || now > 0) return first;',
      },
    ],
    layers: ["tests"],
  },
  {
    name: "quotas are not compared",
    rule: "Quotas: nothing is held beyond them",
    edits: [
      {
        find: "growth[name] > 0 && usage[name] + growth[name] > (quotas[name] ?? Number.POSITIVE_INFINITY)",
        replace: "growth[name] > 0 && usage[name] + growth[name] > (quotas[name] ?? 0) + 1_000_000",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "what shrinks is refused, too, where more is held than may be",
    rule: "Quotas: what makes room passes",
    edits: [{ find: "growth[name] > 0 && usage[name]", replace: "usage[name]" }],
    layers: ["tests"],
  },
  {
    name: "the version that a put supersedes goes on being counted",
    rule: "Quotas: counts are what a look at the whole store finds",
    edits: [
      {
        find: "usage.bytes += (isDeleted ? 0 : size) - (before ?? 0);",
        replace: "usage.bytes += (isDeleted ? 0 : size) - (isDeleted ? (before ?? 0) : 0);",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "compaction leaves the count of history as it is",
    rule: "Quotas: compaction makes room",
    edits: [
      { find: "if (turn.usage) turn.usage.historyBytes -= historyBytes(", replace: "if (turn.usage) historyBytes(" },
    ],
    layers: ["tests"],
  },
];
