import type { StateMachine } from "../../src/state/machine.ts";
import type { Random } from "../random.ts";
import type { KvModel } from "./kv-model.ts";
import { textOf } from "./model-store.ts";
import { resultText } from "./result-text.ts";
import { demand } from "./violation.ts";

const EVERYTHING = { key: new Uint8Array([0]), end: new Uint8Array([0]) };
const SAMPLES = 3;
const ALL = 1e9;

/**
 * Holds what a learner kept against the model: compaction, its physical half too, took no state from the compacted
 * revision on and no event of it, and left nothing to be read below.
 */
export function auditLearner(name: string, machine: StateMachine, model: KvModel, random: Random): void {
  const { revision, compactRevision } = machine;
  const oldest = Math.max(1, compactRevision);
  const some = Array.from({ length: SAMPLES }, () => oldest + random.below(revision - oldest + 1));
  for (const at of new Set([oldest, ...some, revision])) {
    const query = { kind: "range", ...EVERYTHING, revision: at } as const;
    const [held, due] = [resultText(machine.query(query)), resultText(model.range(query, revision))];
    demand(held === due, () => `${name} holds at revision ${at} ${held}, due was ${due}`);
  }
  if (compactRevision > 1) {
    const below = machine.query({ kind: "range", ...EVERYTHING, revision: compactRevision - 1 });
    demand(below.kind === "refused", () => `${name} answers below ${compactRevision}, which is compacted`);
  }
  const page = machine.events(oldest, revision, ALL, ALL);
  demand("events" in page, () => `${name} refuses the events from ${oldest} on`);
  const told = page.events.map(({ kind, kv }) => [kv.modRevision, textOf(kv.key), kind === "put" && textOf(kv.value)]);
  const due = model.events
    .filter((event) => event.revision >= oldest)
    .map(({ revision: at, key, value }) => [at, key, value ?? false]);
  demand(
    JSON.stringify(told) === JSON.stringify(due),
    () => `21: ${name} holds the events ${JSON.stringify(told)}, due were ${JSON.stringify(due)}`,
  );
}
