import type { Round } from "../../data/telemetry.ts";
import { duration } from "../../parts/format.ts";
import type { SlotColumn } from "./columns.ts";

const BALLOT_COLOURS = 8;

/** The last thing that an acceptor said of a slot. */
export function VoteCell({ column, region }: { readonly column: SlotColumn; readonly region: string }) {
  const round = column.rounds.findLast(
    ({ kind, votes }) => kind !== "leader" && votes.some((vote) => vote.region === region),
  );
  if (round === undefined) {
    const isLed = column.rounds.some(({ kind }) => kind === "leader");
    return isLed ? <Sign name="led" text="asked for by the leader" /> : null;
  }
  const vote = round.votes.find((one) => one.region === region);
  if (vote === undefined) return null;
  const after = vote.ms === undefined ? "" : ` after ${duration(vote.ms)}`;
  if (vote.reply === "voted") {
    return (
      <Sign name={`${round.kind} ${ballotName(round)}`} text={`${round.kind} vote in ballot ${round.ballot}${after}`} />
    );
  }
  if (vote.reply === "other") return <Sign name="other" text={`vote for another entry${after}`} />;
  if (vote.reply === "chosen") return <Sign name={`chosen ${ballotName(round)}`} text="decided before" />;
  if (vote.reply === "waiting") return <Sign name="waiting" text="no answer yet" />;
  return <Sign name="refused" text={vote.reply === "lost" ? "no answer" : "refused"} />;
}

export function ballotName({ ballot }: Pick<Round, "ballot">): string {
  return `ballot-${ballot % BALLOT_COLOURS}`;
}

function Sign({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <span class={`vote-sign ${name}`} title={text}>
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
