import { expect, test } from "vitest";
import { ops } from "../state/drive.ts";
import { Town } from "./town.ts";

/** A learner that is told, by another at the same slot, which digest that one has. */
async function told(digestOf: (own: string) => string): Promise<unknown> {
  const town = new Town();
  const { configuration } = town;
  const learner = town.learner("weur");
  await town.chosen(learner, ops.put("k", "v"));
  const digest = digestOf(learner.machine.digest);
  const teller = { region: "enam", appliedUpTo: learner.appliedUpTo, digest, heldUpTo: 0 } as const;
  return town.until(learner.handle({ kind: "learn", configuration, decided: [], teller }));
}

test("learners at the same slot with the same digest agree", async () => {
  await expect(told((own) => own)).resolves.toMatchObject({ kind: "learned", appliedUpTo: 1 });
});

test("learners at the same slot with different digests are a broken invariant, and say so", async () => {
  await expect(told((own) => own.replace(/^./, (char) => (char === "0" ? "1" : "0")))).rejects.toThrow(
    "14: equal digests",
  );
});
