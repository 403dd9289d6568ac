import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { telemetry, useTelemetry } from "../../data/telemetry.ts";
import { bytes, count, duration, percent, plural, regionName } from "../../parts/format.ts";
import { Empty, Loading } from "../../parts/problem.tsx";

type Learner = TelemetryFrame["status"]["learners"][number];

/** Who watches, and how far what they are told has come. */
export function WatchersPage() {
  useTelemetry();
  const frame = telemetry.value;
  if (frame === undefined) return <Loading what="the watchers" />;
  const { learners, revision } = frame.status;
  const total = sum(learners.map((one) => one.watchers ?? 0));
  return (
    <>
      <Convergence learners={learners} revision={revision} total={total} />
      <section class="panel" aria-label="By region">
        <h2>By region</h2>
        {total === 0 ? (
          <Empty title="Nobody watches">
            <p>A watch is one request: GET /v1/{"{namespace}"}/watch?prefix=</p>
          </Empty>
        ) : null}
        <div class="scroll" role="region" aria-label="Table of watchers" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Region</th>
                <th scope="col">Watchers</th>
                <th scope="col">Told up to</th>
                <th scope="col">Behind</th>
                <th scope="col">Sure as of</th>
                <th scope="col">Held for slow readers</th>
              </tr>
            </thead>
            <tbody>
              {learners.map((learner) => (
                <Row key={learner.region} learner={learner} revision={revision} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

function Row({ learner, revision }: { readonly learner: Learner; readonly revision: number }) {
  const behind = learner.revision === undefined ? undefined : revision - learner.revision;
  return (
    <tr>
      <th scope="row">
        {regionName(learner.region)} <span class="faint">{learner.region}</span>
      </th>
      {learner.reachable ? (
        <>
          <td class="number">{count(learner.watchers ?? 0)}</td>
          <td class="number">{count(learner.revision ?? 0)}</td>
          <td class="number">{behind === undefined ? "–" : plural(behind, "revision")}</td>
          <td class="number">{learner.lag_ms === undefined ? "–" : `${duration(learner.lag_ms)} ago`}</td>
          <td class="number">{bytes(learner.watch_bytes ?? 0)}</td>
        </>
      ) : (
        <td colSpan={5}>
          <span class="pill pill-bad">no answer</span>
        </td>
      )}
    </tr>
  );
}

/** How many of the watchers are served from a state that has everything, and whom the others wait for. */
function Convergence(props: {
  readonly learners: readonly Learner[];
  readonly revision: number;
  readonly total: number;
}) {
  const { learners, revision, total } = props;
  const late = learners.filter((one) => one.reachable && (one.revision ?? 0) < revision);
  const waiting = sum(late.map((one) => one.watchers ?? 0));
  const share = total === 0 ? 1 : (total - waiting) / total;
  const unknown = learners.filter((one) => !one.reachable);
  const slowest = late.toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0))[0];
  return (
    <section class="panel" aria-label="Convergence">
      <h2>Convergence</h2>
      <p>
        <strong>{percent(share)}</strong> of {plural(total, "watcher")} that can be counted are told of revision{" "}
        {count(revision)}, the newest. {slowest === undefined ? "" : `${regionName(slowest.region)} is slowest. `}
        {unknown.length === 0
          ? ""
          : `Those of ${unknown.map(({ region }) => regionName(region)).join(", ")} are not counted.`}
      </p>
      <progress value={share} max={1} aria-label="Share of watchers that are told of the newest revision" />
      <Histogram learners={learners} revision={revision} />
    </section>
  );
}

/** Watchers by how far what they are told is behind. */
const BINS = [
  { name: "up to date", most: 0 },
  { name: "1 revision", most: 1 },
  { name: "2–10", most: 10 },
  { name: "11–100", most: 100 },
  { name: "more", most: Number.POSITIVE_INFINITY },
] as const;

function Histogram({ learners, revision }: { readonly learners: readonly Learner[]; readonly revision: number }) {
  const peak = useSignal(1);
  const counts = BINS.map(({ most }, index) => {
    const least = index === 0 ? 0 : (BINS[index - 1]?.most ?? 0) + 1;
    const here = learners.filter((one) => one.reachable && within(revision - (one.revision ?? 0), least, most));
    return sum(here.map((one) => one.watchers ?? 0));
  });
  useEffect(() => {
    peak.value = Math.max(peak.value, ...counts);
  });
  return (
    <ul class="bars" aria-label="Watchers by how far behind they are">
      {BINS.map(({ name }, index) => (
        <li key={name}>
          <span>{name}</span>
          <span class="vote-bar" aria-hidden="true">
            <span class="vote-fill vote-counted" style={{ width: `${((counts[index] ?? 0) / peak.value) * 100}%` }} />
          </span>
          <span class="number">{count(counts[index] ?? 0)}</span>
        </li>
      ))}
    </ul>
  );
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
