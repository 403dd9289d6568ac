import { seconds } from "../../data/telemetry.ts";
import { Chart } from "../../parts/chart.tsx";
import { perSecond } from "../../parts/format.ts";

/** Commits and reads a second, over the last three minutes. */
export function Rates() {
  const all = seconds.value;
  const last = all.at(-1);
  const label =
    last === undefined ? "no rates yet" : `${perSecond(last.commits)} commits, ${perSecond(last.reads)} reads`;
  return (
    <section class="panel" aria-label="Rates">
      <h2>Rates</h2>
      <dl class="facts">
        <div>
          <dt class="commits">Commits</dt>
          <dd>{last === undefined ? "–" : perSecond(last.commits)}</dd>
        </div>
        <div>
          <dt class="reads">Reads</dt>
          <dd>{last === undefined ? "–" : perSecond(last.reads)}</dd>
        </div>
      </dl>
      <Chart
        label={label}
        height={120}
        at={all.map(({ at }) => at)}
        lines={[
          { name: "Commits a second", tone: "accent", values: all.map(({ commits }) => commits) },
          { name: "Reads a second", tone: "good", values: all.map(({ reads }) => reads) },
        ]}
      />
    </section>
  );
}
