import type { Mutant } from "./mutant.ts";

/** Transactions, leases and compaction, which the whole system has to show wrong. */
export const STATE_MUTANTS: readonly Mutant[] = [
  {
    name: "a transaction takes its else whatever holds",
    rule: "9: the state machine is what the model is",
    edits: [
      {
        find: "const succeeded = op.compare.every(",
        replace: "const succeeded = op.compare.length < 2 && op.compare.every(",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a transaction is refused after a part of it ran",
    rule: "9: all of a transaction or nothing",
    edits: [
      {
        find: "return planRefused(turn, plan) ?? planRun(turn, plan);",
        replace:
          "const why = planRefused(turn, plan);\n  const ran = planRun(turn, why === undefined ? plan : { ...plan, parts: plan.parts.slice(0, 1) });\n  return why ?? ran;",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a nested comparison sees what was put before it",
    rule: "9: comparisons see the state before the transaction",
    edits: [
      {
        find: 'parts: branch.map((part) => (part.kind === "txn" ? planOf(turn, part) : part)),',
        replace: 'parts: branch as Plan["parts"],',
      },
      {
        find: '    case "plan":\n',
        replace:
          '    default:\n      return planRun(turn, planOf(turn, part as unknown as TxnOp));\n    case "plan":\n',
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a delete of a range leaves its last key",
    rule: "9: the state machine is what the model is",
    edits: [
      {
        find: "for (const { key, lease } of doomed) remove(",
        replace: "for (const { key, lease } of doomed.length > 1 ? doomed.slice(0, -1) : doomed) remove(",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "an expiry ends a lease that was renewed meanwhile",
    rule: "9: an expiry names the renewal it saw",
    edits: [
      {
        find: "?.renewals === op.renewals;",
        replace: " !== undefined;",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a lease that was not renewed ends at half its TTL",
    rule: "a lease holds for its TTL",
    edits: [
      {
        find: "return heardMs + ttl * 1_000;",
        replace: "return heardMs + ttl * 500;",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a renewal does not begin the TTL again",
    rule: "a lease holds for its TTL from its last renewal",
    edits: [
      {
        find: '"UPDATE lease SET renewals = ?, heard_ms = ? WHERE lease = ?", turn.slot, turn.heardMs, op.lease',
        replace: '"UPDATE lease SET renewals = ? WHERE lease = ?", turn.slot, op.lease',
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "nobody ends a lease",
    rule: "a lease ends soon after its TTL",
    edits: [
      {
        find: "await Promise.all(still.map(({ lease, renewals }) => propose(",
        replace: "await Promise.all(still.map(({ lease, renewals }) => String(",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a lease takes all but one of its keys along",
    rule: "a lease's keys go with it, in one revision",
    edits: [
      {
        find: "  for (const key of keys) {\n    leaseDetach(",
        replace: "  for (const key of keys.length > 1 ? keys.slice(1) : keys) {\n    leaseDetach(",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "compaction takes the state at the compacted revision",
    rule: "what is compacted is below the revision only",
    edits: [
      {
        find: "versionDeletes(id) && id < kept ? id + 1 : Math.min(id, kept);",
        replace: "id < kept ? id + 1 : Math.min(id, kept);",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "compaction takes the first of two changes in the compacted revision",
    rule: "21: no gap",
    edits: [
      {
        find: "versionDeletes(id) && id < kept ? id + 1 : Math.min(id, kept);",
        replace: "versionDeletes(id) && id < kept ? id + 1 : id;",
      },
    ],
    layers: ["simulation", "tests"],
  },
  {
    name: "compaction takes the events of the compacted revision",
    rule: "21: a watch may begin at the compacted revision",
    edits: [
      {
        find: "const kept = versionFirst(meta.compact);",
        replace: "const kept = versionFirst(meta.compact + 1);",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "physical compaction stops after its first step",
    rule: "what is out of sight is deleted in the end",
    edits: [
      {
        find: "return this.#host.now() + (rests ? timing.SNAPSHOT_READER_MS : 0);",
        replace: "return rests ? this.#host.now() + timing.SNAPSHOT_READER_MS : undefined;",
      },
      {
        find: "      this.#host.background(this.run());\n",
        replace: "",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "old revisions are read though they are compacted",
    rule: "what is compacted is out of sight at once",
    edits: [
      {
        find: "if (asked > 0 && asked < view.compact) return refusedCompacted(view.revision, view.compact);",
        replace: "",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "retention keeps half",
    rule: "no less is kept than is asked for",
    edits: [
      {
        find: "? machine.revision - revisions : 0;",
        replace: "? machine.revision - Math.floor(revisions / 2) : 0;",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "retention by age takes the newest mark",
    rule: "no less is kept than is asked for",
    edits: [
      {
        find: "const before = this.#ports.host.now() - seconds * 1_000;",
        replace: "const before = this.#ports.host.now() - seconds * 100;",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "retention never comes",
    rule: "no more is kept than is asked for",
    edits: [
      {
        find: '    await propose({ kind: "compact", revision });',
        replace: "    void propose;",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a read of one key walks all its versions",
    rule: "work does not grow with the versions of a key",
    edits: [
      {
        find: "SELECT id FROM version WHERE key = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1",
        replace: "SELECT max(id) FROM version WHERE key = ?1 AND id <= ?2",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a new compaction goes on from where the last one was",
    rule: "compaction frees all it can",
    edits: [
      {
        find: "const cursor = Math.min(meta.compactCursor, versionFirst(Math.max(0, meta.compactTarget)));",
        replace: "const cursor = meta.compactCursor;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "compaction leaves deletes where they are",
    rule: "compaction frees all it can",
    edits: [
      {
        find: "versionDeletes(id) && id < kept ? id + 1 : Math.min(id, kept);",
        replace: "Math.min(id, kept);",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the lease that is due last ends first",
    rule: "leases end the earliest first",
    edits: [
      {
        find: "if (this.#due(above) <= dueMs) break;",
        replace: "if (this.#due(above) >= dueMs) break;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a lease that was renewed has no timer any more",
    rule: "a lease ends soon after its TTL",
    edits: [
      {
        find: "      else deadlines.add(held.lease, dueMs(held));\n",
        replace: "",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the end of a lease is proposed once",
    rule: "a lease ends soon after its TTL, though a proposal was lost",
    edits: [
      {
        find: "for (const { lease } of due) deadlines.add(",
        replace: "for (const { lease } of due) String(",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an alarm is set for as far as a lease lasts",
    rule: "a lease that lasts for ever keeps no chore from running",
    edits: [
      {
        find: "const at = Math.min(next, this.#host.now() + timing.ALARM_MS_MAX);",
        replace: "const at = next;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "what an entry costs is counted anew in every try",
    rule: "the cost of an entry is of all tries together",
    edits: [
      {
        find: "heardMs, budget, cost, ending };",
        replace: "heardMs, budget, ending };",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "keys that are gone cost nothing",
    rule: "a scan passes keys that are gone until they are compacted",
    edits: [
      {
        find: "WHERE live.id % 2 = 0 OR live.id >= ${compact} LIMIT",
        replace: "WHERE live.id % 2 = 0 AND ${compact} IS NOT NULL LIMIT",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "what a command costs depends on what is deleted from the disk",
    rule: "what a command costs is the same on every learner",
    edits: [
      {
        find: "WHERE live.id % 2 = 0 OR live.id >= ${compact} LIMIT",
        replace: "WHERE ${compact} IS NOT NULL LIMIT",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an entry may be tried as often as it has commands",
    rule: "after three commands that were withdrawn no more are tried that may be",
    edits: [
      {
        find: "refusals.size < WITHDRAWALS_MAX",
        replace: "refusals.size < WITHDRAWALS_MAX * 99",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a lease that costs more than is left is refused its end",
    rule: "an expiry over the budget does nothing and is proposed again",
    edits: [
      {
        find: "  if (units > turn.cost.left) return false;\n",
        replace: "",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a field that is not known is passed over",
    rule: "Levels: an unknown field stops the state machine",
    edits: [
      {
        find: "    if (since === undefined) throw new Unsupported(`the field ${name} of ${of}`);",
        replace: "    if (since === undefined) continue;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an operation above the level is applied",
    rule: "Levels: upgrading",
    edits: [{ find: 'return refused("upgrading", work.revision);', replace: "void work;" }],
    layers: ["tests"],
  },
  {
    name: "the genesis level is taken by a namespace that has commands",
    rule: "Levels: genesis of a blank state alone",
    edits: [{ find: " || !isBlank(sql, meta, bound)", replace: "" }],
    layers: ["tests"],
  },
  {
    name: "a raise lowers the level",
    rule: "Levels: never falls",
    edits: [{ find: "turn.level = Math.max(turn.level, op.level);", replace: "turn.level = op.level;" }],
    layers: ["tests"],
  },
  {
    name: "a snapshot of another format is accepted",
    rule: "Levels: snapshots name their format",
    edits: [{ find: "head.format !== SNAPSHOT_FORMAT || ", replace: "" }],
    layers: ["tests"],
  },
  {
    name: "a request under a used id has the other request's result",
    rule: "Exactly once: fingerprints",
    edits: [
      {
        find: "print !== undefined && seen.print !== print;",
        replace: "print !== undefined && seen.print === undefined;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the content digest leaves values out",
    rule: "14: learners that hold the same have the same digest, and only they",
    edits: [
      {
        find: "writer.sized(key);\n  return sha256.create().update(writer.written()).update(value).digest();\n}\n\n/** Without its renewals",
        replace: "writer.sized(key);\n  void value;\n  return sha256(writer.written());\n}\n\n/** Without its renewals",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the content digest hangs on slots",
    rule: "14: learners that hold the same have the same digest, however they came by it",
    edits: [
      {
        find: "proposalRecord(op.key, op.value, op.contentType));",
        replace: "proposalRecord(op.key, op.value, `${turn.slot}`));",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a lease that ended stays in the content digest",
    rule: "14: learners that hold the same have the same digest",
    edits: [
      {
        find: "  if (held) turn.content?.sum.subtract(leaseRecord(lease, held.ttl));\n",
        replace: "  void [held, leaseRecord];\n",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "entries of another body have the same digest",
    rule: "14: equal digests: equal entries",
    edits: [
      {
        find: "writer.bytes(sha256(input.body ?? NO_BODY));",
        replace: "writer.bytes(sha256(NO_BODY));",
      },
    ],
    layers: ["tests"],
  },
];
