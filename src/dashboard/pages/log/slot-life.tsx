import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { plural } from "../../parts/format.ts";
import { Time } from "../../parts/time.tsx";
import { Round } from "../world/round-view.tsx";
import type { SlotColumn } from "./columns.ts";
import { ballotName } from "./vote-cell.tsx";

/** All rounds of votes of a slot: who proposed what, who won, and who finished it. */
export function SlotLife({ column, frame }: { readonly column: SlotColumn; readonly frame: TelemetryFrame }) {
  const { rounds, isChosen } = column;
  const proposers = new Set(rounds.map(({ from }) => from));
  const raced = rounds.filter(({ kind }) => kind !== "leader");
  const isCollision =
    new Set(raced.map(({ entry }) => entry)).size > 1 ||
    raced.some(({ votes }) => votes.some(({ reply }) => reply === "other"));
  return (
    <>
      <p>
        {plural(rounds.length, "round")} by {[...proposers].join(", ")}.{" "}
        {isCollision
          ? "More than one entry was proposed for it: a collision, which a classic round or a leader settles. "
          : ""}
        {isChosen ? "It is chosen." : "It is not known to be chosen yet."}
      </p>
      <ol class="rounds">
        {rounds.map((round) => (
          <li key={round.id}>
            <p class="faint">
              <span class={`vote-sign ${round.kind} ${ballotName(round)}`} aria-hidden="true" /> ballot {round.ballot},
              entry <code>{round.entry.slice(0, 8)}</code>, <Time at={round.at} />
            </p>
            <Round round={round} quorum={frame.quorum} />
          </li>
        ))}
      </ol>
    </>
  );
}
