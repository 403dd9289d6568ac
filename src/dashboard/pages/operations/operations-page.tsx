import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { telemetry, useTelemetry } from "../../data/telemetry.ts";
import { exactTime, regionName } from "../../parts/format.ts";
import { Loading } from "../../parts/problem.tsx";
import { Time } from "../../parts/time.tsx";
import { place } from "../../shell/place.ts";
import { Banner } from "../world/world-page.tsx";
import { Compaction } from "./compaction.tsx";
import { Levels } from "./levels.tsx";

/** What somebody who answers for the service looks after. */
export function OperationsPage() {
  useTelemetry();
  const frame = telemetry.value;
  if (frame === undefined) return <Loading what="the operations" />;
  const { namespace } = place.value;
  return (
    <>
      <Banner />
      <Reasons frame={frame} />
      <div class="split">
        <Compaction frame={frame} />
        <Levels frame={frame} />
      </div>
      <section class="panel" aria-label="For machines">
        <h2>For machines</h2>
        <ul class="links">
          <li>
            <a href={`/v1/${namespace}/metrics`} target="_blank" rel="noreferrer">
              Metrics
            </a>{" "}
            <span class="faint">for Prometheus</span>
          </li>
          <li>
            <a href={`/v1/${namespace}/health`} target="_blank" rel="noreferrer">
              Health
            </a>{" "}
            <span class="faint">for whoever pages you</span>
          </li>
          <li>
            <a href={`/v1/${namespace}/status`} target="_blank" rel="noreferrer">
              Status
            </a>{" "}
            <span class="faint">what this page is made of</span>
          </li>
        </ul>
      </section>
    </>
  );
}

function Reasons({ frame: { health, status } }: { readonly frame: TelemetryFrame }) {
  const alarms = status.learners.flatMap(({ region, alarms: raised = [] }) =>
    raised.map((alarm) => ({ region, ...alarm })),
  );
  return (
    <section class="panel" aria-label="What is wrong">
      <h2>What is wrong</h2>
      {health.reasons.length === 0 ? <p class="good">Nothing.</p> : null}
      <ul class="changes">
        {health.reasons.map(({ code, region, detail }) => (
          <li key={`${code} ${region}`}>
            <span>
              <strong>{regionName(region)}</strong> {detail}
            </span>
            <code class="faint">{code}</code>
          </li>
        ))}
        {alarms.map(({ region, kind, detail, at }) => (
          <li key={`${region} ${at} ${detail}`} title={exactTime(Date.parse(at))}>
            <span class="bad">
              {regionName(region)}: {detail}
            </span>
            <span class="faint">
              {kind}, <Time at={Date.parse(at)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
