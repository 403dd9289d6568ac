import type { WriteOutcome } from "../../src/node/coordinate/coordinator.ts";
import type { Result } from "../../src/state/command.ts";
import { resultText } from "./result-text.ts";
import { wordsOf } from "./trace.ts";
import { demand } from "./violation.ts";
import type { World } from "./world.ts";

/**
 * Holds an acknowledged write against the decided log: every slot up to its own is chosen (18), the result is the
 * model's (17), and its slot is above everything that was acknowledged before it was first asked for.
 */
export function writeCheck(
  world: World,
  client: string,
  request: { readonly requestId: string; readonly print: string },
  outcome: WriteOutcome & { kind: "applied" },
  slotFloor: number,
): void {
  const { model, told } = world;
  const { tally } = world.environment;
  const { requestId, print } = request;
  const due = model.outcomes(requestId, print);
  demand(
    due.length > 0,
    () => `18: ${client} was told of ${requestId}, which no chosen slot up to ${model.slot} holds`,
  );
  const { result, path } = outcome;
  const known = due.find((one) => isSame(one.result, result));
  demand(
    known !== undefined,
    () => `17: ${client} was told ${wordsOf(result)}, due was ${due.map((one) => wordsOf(one.result)).join(" or ")}`,
  );
  demand(
    known.slot > slotFloor,
    () => `19: ${requestId} took effect in slot ${known.slot}, though ${slotFloor} was acknowledged before`,
  );
  told.slot = Math.max(told.slot, known.slot);
  told.revision = Math.max(told.revision, result.revision);
  if (result.kind === "compact") told.compact = Math.max(told.compact, known.compact);
  if (path === "fast") tally.add("fast commit");
  if (path === "classic") tally.add("classic commit");
  if (path === "leader") tally.add("leader commit");
}

/** Nothing is kept of a request whose id was another's: its refusal names the revision at which it was asked about. */
function isSame(due: Result, told: Result): boolean {
  const isReused = due.kind === "refused" && due.why === "reused" && told.kind === "refused" && told.why === "reused";
  return isReused || resultText(due) === resultText(told);
}
