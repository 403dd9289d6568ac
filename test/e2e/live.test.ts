/** A short live run; `npm run live` makes longer ones. */
import { expect, test } from "vitest";
import { liveRun, liveSummary } from "./live/run.ts";

test("a history recorded over HTTP under faults and a kill -9 is linearizable, and every watch is whole", async () => {
  const result = await liveRun({ seed: 1, seconds: 25, clients: 10, kills: 1 });
  console.log(liveSummary(result));
  expect(result.verdict).toEqual({ kind: "ok" });
  expect(result.behind).toEqual([]);
  const answered = result.history.operations.filter(({ outcome }) => outcome.kind === "ok");
  expect(answered.length).toBeGreaterThan(20);
});
