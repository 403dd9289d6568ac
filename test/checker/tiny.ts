import type { Condition, RegisterOperation } from "../../src/checker/history.ts";
import type { Random } from "../random.ts";

export const TINY_REVISION_MAX = 6;

/** Up to six operations on one key whose answers are drawn at random, from few values and few revisions. */
export function tinyHistory(random: Random): readonly RegisterOperation[] {
  const pick = (below: number): number => random.below(below);
  const bare = random.next() < 0.3;
  const revision = (): number | null => (bare || random.next() < 0.3 ? null : 1 + pick(TINY_REVISION_MAX));
  return Array.from({ length: 2 + pick(5) }, (_, id) => {
    const call = pick(8);
    const base = { id, client: `c${id}`, session: `c${id}`, key: "k", call, return: call + pick(8) };
    const made = revision();
    const store = made === null || random.next() < 0.5 ? made : made + pick(2);
    if (random.next() < 0.4) {
      const present = { kind: "present", value: `v${pick(3)}`, modRevision: made };
      const result = random.next() < 0.3 ? { kind: "absent" } : present;
      return {
        ...base,
        kind: "get",
        consistency: "linearizable",
        minRevision: null,
        outcome: { kind: "ok", revision: store, result },
      };
    }
    const dice = random.next();
    const condition: Condition =
      dice < 0.6
        ? { kind: "none" }
        : dice < 0.8
          ? { kind: "none-match" }
          : { kind: "match", modRevision: 1 + pick(TINY_REVISION_MAX) };
    const kind = random.next() < 0.8 ? "put" : "delete";
    const refused = condition.kind === "none" ? (kind === "put" ? "written" : "absent") : "precondition-failed";
    const result = random.next() < 0.7 ? { kind: "written", modRevision: made } : { kind: refused, modRevision: made };
    const outcome = random.next() < 0.3 ? { kind: "unknown" } : { kind: "ok", revision: store, result };
    return { ...base, kind, condition, value: `v${pick(3)}`, outcome };
  }) as unknown as readonly RegisterOperation[];
}
