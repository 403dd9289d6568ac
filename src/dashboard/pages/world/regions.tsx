import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { count, duration, regionName } from "../../parts/format.ts";

type Status = TelemetryFrame["status"];
type Acceptor = Status["acceptors"][number];
type Learner = Status["learners"][number];

const SILENT: Readonly<Record<NonNullable<Acceptor["silent"]>, string>> = {
  blank: "holds nothing yet",
  "lost-storage": "lost its storage, returns by itself",
  "older-copy": "has an older copy of its storage",
  "newer-state": "has the storage of a newer build",
  membership: "was set up with other regions",
};

/** Every region, as far as it can be reached from where the live connection ends. */
export function Regions({ frame }: { readonly frame: TelemetryFrame }) {
  const { status, region: here } = frame;
  return (
    <section class="panel" aria-label="Regions">
      <div class="panel-head">
        <h2>Regions</h2>
        <span class="faint">as seen from {regionName(here)}</span>
      </div>
      <div class="scroll" role="region" aria-label="Table of regions" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">State</th>
              <th scope="col">Round trip</th>
              <th scope="col">Ballot</th>
              <th scope="col">Last slot</th>
              <th scope="col">Chosen</th>
              <th scope="col">Applied</th>
              <th scope="col">Behind</th>
              <th scope="col">Watchers</th>
            </tr>
          </thead>
          <tbody>
            {status.acceptors.map((acceptor) => (
              <Region
                key={acceptor.region}
                acceptor={acceptor}
                learner={status.learners.find(({ region }) => region === acceptor.region)}
                isLeader={status.mode.where === acceptor.region}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Region(props: {
  readonly acceptor: Acceptor;
  readonly learner: Learner | undefined;
  readonly isLeader: boolean;
}) {
  const { acceptor, learner, isLeader } = props;
  return (
    <tr>
      <th scope="row">
        {regionName(acceptor.region)} <span class="faint">{acceptor.region}</span>
      </th>
      <td>
        <State acceptor={acceptor} learner={learner} isLeader={isLeader} />
      </td>
      <td class="number">{acceptor.round_trip_ms === undefined ? "–" : duration(acceptor.round_trip_ms)}</td>
      <td class="number">{numberOr(acceptor.promised?.n)}</td>
      <td class="number">{numberOr(acceptor.last_slot)}</td>
      <td class="number">{numberOr(acceptor.chosen_up_to)}</td>
      <td class="number">{numberOr(learner?.applied_up_to)}</td>
      <td class="number">{learner?.lag_slots === undefined ? "–" : count(learner.lag_slots)}</td>
      <td class="number">{numberOr(learner?.watchers)}</td>
    </tr>
  );
}

function numberOr(value: number | undefined): string {
  return value === undefined ? "–" : count(value);
}

function State(props: {
  readonly acceptor: Acceptor;
  readonly learner: Learner | undefined;
  readonly isLeader: boolean;
}) {
  const { acceptor, learner, isLeader } = props;
  if (acceptor.silent !== undefined) return <span class="pill pill-warn">{SILENT[acceptor.silent]}</span>;
  if (!acceptor.reachable) return <span class="pill pill-bad">no answer</span>;
  if (learner?.reachable === false) return <span class="pill pill-warn">votes, does not answer reads</span>;
  if (learner?.suspended === true) return <span class="pill pill-bad">out of service</span>;
  return <span class="pill pill-good">{isLeader ? "leads" : "up"}</span>;
}
