import { expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import type { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { Town } from "./town.ts";

const SLOTS = 3_000;
const DROPPED = 500;

function entry(slot: number) {
  return { id: `entry-${slot}`, body: utf8Encode(`${slot}`) };
}

function steps(town: Town, acceptor: Acceptor, ...requests: AcceptorRequest[]) {
  return acceptor.handle({ kind: "steps", configuration: town.configuration, requests });
}

function told(town: Town, acceptor: Acceptor, first: number, last: number): void {
  const chosen = Array.from({ length: last - first + 1 }, (_, index) => {
    const slot = first + index;
    return { slot, entryId: entry(slot).id, entry: entry(slot) };
  });
  steps(town, acceptor, { kind: "learn", chosen });
}

function position(town: Town, acceptor: Acceptor) {
  const answer = steps(town, acceptor, { kind: "votes" });
  if (answer.kind !== "replies") throw new Error("an acceptor replies");
  return answer.replies[0]?.position;
}

test("an acceptor that was away for long reads the log in pages, and passes over what was dropped", async () => {
  const town = new Town();
  const behind = town.acceptor("weur");
  const well = [town.acceptor("enam"), town.acceptor("apac")];
  for (const acceptor of well) {
    told(town, acceptor, 1, SLOTS);
    steps(town, acceptor, { kind: "prefix", upTo: DROPPED });
  }
  // Its home learner has lost its memory, and nobody writes any more.
  town.put("learner", "weur", () => ({ kind: "recalled", decided: [], appliedUpTo: SLOTS }));
  told(town, behind, SLOTS, SLOTS);
  await town.pass(2_000);
  town.calls.length = 0;

  await town.until(behind.alarm());

  expect(position(town, behind)).toMatchObject({ chosenUpTo: SLOTS, firstSlot: DROPPED + 1 });
  expect(town.calls.length).toBeLessThan(SLOTS / 100);
});

test("an acceptor that was away takes page after page from its home learner", async () => {
  const town = new Town();
  const behind = town.acceptor("weur");
  town.put("learner", "weur", ({ from, to }: { from: number; to: number }) => ({
    kind: "recalled",
    decided: Array.from({ length: Math.min(256, to - from + 1) }, (_, index) => ({
      slot: from + index,
      entry: entry(from + index),
    })),
    appliedUpTo: SLOTS,
  }));
  told(town, behind, SLOTS, SLOTS);
  await town.pass(2_000);

  await town.until(behind.alarm());

  expect(position(town, behind)).toMatchObject({ chosenUpTo: SLOTS });
  expect(town.calls.length).toBeLessThan(SLOTS / 100);
});
