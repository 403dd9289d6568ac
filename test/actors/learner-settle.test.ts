import { expect, test } from "vitest";
import { EXACTLY_ONCE_SLOTS } from "../../src/state/limits.ts";
import { entryEncode } from "../../src/wire/entry.ts";
import { ops } from "../state/drive.ts";
import { Town } from "./town.ts";

test("a command that came too late is told so, and the others of its batch have their results", async () => {
  const town = new Town();
  const { configuration } = town;
  const learner = town.learner("weur");
  const commands = [
    { id: "in time", birth: 1, op: ops.put("a", "1") },
    { id: "too late", birth: 2 + EXACTLY_ONCE_SLOTS, op: ops.put("b", "1") },
  ];
  const decided = [{ slot: 1, entry: { id: "entry", body: entryEncode(commands) } }];
  const requestIds = commands.map(({ id }) => id);

  const call = { kind: "settle", configuration, decided, slot: 1, requestIds, waitMs: 100 } as const;

  expect(await town.until(learner.handle(call))).toMatchObject({
    kind: "settled",
    results: [
      { kind: "put", revision: 2 },
      { kind: "refused", why: "expired" },
    ],
  });
});
