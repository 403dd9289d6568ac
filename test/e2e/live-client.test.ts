/** A short live run of the package's client; `npm run live -- --package` makes longer ones. */
import { expect, test } from "vitest";
import { packageRun } from "./live/client-run.ts";
import { liveSummary } from "./live/run.ts";

test("what the package's clients are told under faults and a kill -9 is linearizable, and their watches are whole", async () => {
  const result = await packageRun({ seed: 2, seconds: 20, clients: 10, kills: 1 });
  console.log(liveSummary(result));
  expect(result.verdict).toEqual({ kind: "ok" });
  expect(result.behind).toEqual([]);
  const answered = result.history.operations.filter(({ outcome }) => outcome.kind === "ok");
  expect(answered.length).toBeGreaterThan(20);
});
