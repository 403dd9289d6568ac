import type { RoundJson, TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { decidedMs } from "../../data/telemetry.ts";
import { count, duration, regionName } from "../../parts/format.ts";

type Vote = RoundJson["votes"][number];

const REPLIES: Readonly<Record<Vote["reply"], string>> = {
  waiting: "no answer yet",
  voted: "voted",
  other: "voted for another entry: a collision",
  chosen: "says that the slot was decided before",
  refused: "refused",
  lost: "did not answer",
};

/** Who voted in a round, in the order in which the votes came in, and which of them decided it. */
export function RoundView(props: { readonly round: RoundJson | undefined; readonly quorum: TelemetryFrame["quorum"] }) {
  const { round, quorum } = props;
  return (
    <section class="panel" aria-label="The last write">
      <h2>The last write</h2>
      {round === undefined ? (
        <p class="faint">
          None was seen since this page was opened. Write a key, and see the votes come in. A Worker that proposes past
          its region’s learner is not seen.
        </p>
      ) : (
        <Round round={round} quorum={quorum} />
      )}
    </section>
  );
}

export function Round({ round, quorum }: { readonly round: RoundJson; readonly quorum: TelemetryFrame["quorum"] }) {
  const decided = decidedMs(round, quorum);
  const votes = round.votes.toSorted((a, b) => order(a) - order(b));
  const longest = Math.max(1, ...votes.map(({ ms }) => ms ?? 0));
  return (
    <>
      <p>{sentence(round, quorum, decided)}</p>
      <ul class="votes">
        {votes.map((vote) => (
          <VoteLine key={vote.region} vote={vote} decided={decided} longest={longest} />
        ))}
      </ul>
    </>
  );
}

function order({ ms }: Vote): number {
  return ms ?? Number.MAX_SAFE_INTEGER;
}

function sentence(round: RoundJson, quorum: TelemetryFrame["quorum"], decided: number | undefined): string {
  const where = `Slot ${count(round.slot)}, proposed by ${round.from}`;
  if (round.kind === "leader") {
    const leader = round.votes[0]?.region ?? "";
    return decided === undefined
      ? `Handed to the leader in ${leader}, which has not answered yet.`
      : `${where}, decided by the leader in ${leader} within ${duration(decided)}.`;
  }
  const needed = round.kind === "fast" ? quorum.fast : quorum.classic;
  const kind = round.kind === "fast" ? "a fast round" : "a classic round";
  if (decided === undefined) return `${where}: ${kind} that needs ${needed} votes and did not get them.`;
  return `${where}: ${kind}, decided by ${needed} votes in ${duration(decided)}.`;
}

function VoteLine(props: { readonly vote: Vote; readonly decided: number | undefined; readonly longest: number }) {
  const { vote, decided, longest } = props;
  const isCounted = vote.reply === "voted" && decided !== undefined && (vote.ms ?? 0) <= decided;
  const isLate = vote.reply === "voted" && !isCounted;
  const tone = isCounted ? "counted" : isLate || vote.reply === "waiting" ? "late" : "refused";
  const share = vote.ms === undefined ? 1 : Math.max(0.02, vote.ms / longest);
  const words = isLate && decided !== undefined ? "voted, but was not needed" : REPLIES[vote.reply];
  return (
    <li>
      <span class="vote-region" title={regionName(vote.region)}>
        {vote.region}
      </span>
      <span class="vote-bar" aria-hidden="true">
        <span class={`vote-fill vote-${tone}`} style={{ width: `${share * 100}%` }} />
      </span>
      <span class="vote-ms">{vote.ms === undefined ? "–" : duration(vote.ms)}</span>
      <span class="faint vote-words">{words}</span>
    </li>
  );
}
