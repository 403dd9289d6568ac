import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { rounds, telemetry, useTelemetry } from "../../data/telemetry.ts";
import { count } from "../../parts/format.ts";
import { Empty, Loading } from "../../parts/problem.tsx";
import { hrefOf, place } from "../../shell/place.ts";
import { WriteForm } from "../world/write-form.tsx";
import { columnsOf, type SlotColumn } from "./columns.ts";
import { SlotLife } from "./slot-life.tsx";
import { VoteCell } from "./vote-cell.tsx";

/** The log as it is decided: slots as columns, acceptors as rows. */
export function LogPage() {
  useTelemetry();
  const frame = telemetry.value;
  if (frame === undefined) return <Loading what="the log" />;
  const columns = columnsOf(rounds.value, frame);
  const wanted = Number(place.value.query.get("slot") ?? "");
  const shown = columns.find(({ slot }) => slot === wanted);
  return (
    <>
      <section class="panel" aria-label="Slots">
        <div class="panel-head">
          <h2>Slots</h2>
          <Standing frame={frame} />
        </div>
        {columns.length === 0 ? (
          <Empty title="No slot was decided since this page was opened">
            <p>Votes are told while they come in. Write a key, and its slot appears.</p>
          </Empty>
        ) : (
          <Slots frame={frame} columns={columns} shown={shown?.slot} />
        )}
        <Legend />
      </section>
      <div class="split">
        <WriteForm />
        <section class="panel" aria-label="A slot">
          <h2>{shown === undefined ? "A slot" : `Slot ${count(shown.slot)}`}</h2>
          {shown === undefined ? (
            <p class="faint">Choose a slot above to see its life.</p>
          ) : (
            <SlotLife column={shown} frame={frame} />
          )}
        </section>
      </div>
    </>
  );
}

const MODES = { fast: "open to fast writes", closed: "closed to fast writes" } as const;

function Standing({ frame: { status } }: { readonly frame: TelemetryFrame }) {
  const chosen = Math.max(0, ...status.acceptors.map((one) => one.chosen_up_to ?? 0));
  const { kind, where } = status.mode;
  return (
    <span class="faint">
      chosen up to {count(chosen)} · {kind === "leader" ? `led by ${where ?? ""}` : MODES[kind]}
    </span>
  );
}

function Slots(props: {
  readonly frame: TelemetryFrame;
  readonly columns: readonly SlotColumn[];
  readonly shown: number | undefined;
}) {
  const { frame, columns, shown } = props;
  return (
    <div class="scroll" role="region" aria-label="Slots and votes" tabIndex={0}>
      <table class="log">
        <thead>
          <tr>
            <th scope="col">Acceptor</th>
            {columns.map(({ slot, isChosen }) => (
              <th scope="col" key={slot} class={isChosen ? "is-chosen" : "is-open"}>
                <a
                  href={hrefOf("log", "", { slot: `${slot}` })}
                  aria-current={slot === shown ? "true" : undefined}
                  aria-label={`Slot ${slot}, ${isChosen ? "chosen" : "not chosen yet"}`}
                >
                  {slot}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {frame.status.acceptors.map(({ region, reachable }) => (
            <tr key={region}>
              <th scope="row">
                {region} {reachable ? null : <span class="bad">no answer</span>}
              </th>
              {columns.map((column) => (
                <td key={column.slot} class={column.slot === shown ? "is-shown" : ""}>
                  <VoteCell column={column} region={region} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="What the signs mean">
      <li>
        <span class="vote-sign fast ballot-0" aria-hidden="true" /> fast vote
      </li>
      <li>
        <span class="vote-sign classic ballot-0" aria-hidden="true" /> classic vote; the colour is the ballot
      </li>
      <li>
        <span class="vote-sign other" aria-hidden="true" /> vote for another entry
      </li>
      <li>
        <span class="vote-sign refused" aria-hidden="true" /> refused or lost
      </li>
      <li>
        <span class="vote-sign led" aria-hidden="true" /> asked for by the leader
      </li>
    </ul>
  );
}
