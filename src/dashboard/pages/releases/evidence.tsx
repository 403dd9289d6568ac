import type { Release } from "../../data/releases.ts";
import { count, duration, percent } from "../../parts/format.ts";

type Yes = NonNullable<Release["last"]["evidence"]>[number];
type Verdict = Yes["verdicts"][number];

const TONES: Readonly<Record<Verdict["verdict"], string>> = {
  ok: "good",
  worse: "bad",
  insufficient: "warn",
  silent: "warn",
};

/** What one region's learner found of the exposed beside the others. */
export function Evidence({ yes, strategy }: { readonly yes: Yes; readonly strategy: Release["strategy"] }) {
  return (
    <div class="scroll" role="region" aria-label={`Evidence from ${yes.region}`} tabIndex={0}>
      <p class="faint">
        {yes.region}, after {duration(yes.dwelt_ms)}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Guard</th>
            <th scope="col">Verdict</th>
            <th scope="col">Exposed</th>
            <th scope="col">Others</th>
            <th scope="col">Evidence</th>
          </tr>
        </thead>
        <tbody>
          {yes.verdicts.map((verdict) => (
            <tr key={verdict.guard} title={verdict.detail}>
              <th scope="row">{verdict.guard}</th>
              <td>
                <span class={TONES[verdict.verdict]}>{verdict.verdict}</span>
              </td>
              <td class="number">{ratio(verdict.exposed)}</td>
              <td class="number">{ratio(verdict.control)}</td>
              <td>
                <Gauge verdict={verdict} strategy={strategy} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ratio(side: Verdict["exposed"]): string {
  if (side === undefined || side.units === 0) return "–";
  return `${percent(side.bad / side.units)} of ${count(side.units)}`;
}

/** How near the evidence is to the threshold at which the guard fires, on the logarithmic scale on which it grows. */
function Gauge({ verdict, strategy }: { readonly verdict: Verdict; readonly strategy: Release["strategy"] }) {
  if (verdict.evidence === undefined) return <span class="faint">–</span>;
  const guard = (strategy.guards ?? []).find((one) => verdict.guard.startsWith(one.kind));
  const threshold = 1 / (guard !== undefined && "alpha" in guard ? guard.alpha : 0.001);
  const share = Math.max(0, Math.min(1, Math.log(Math.max(1, verdict.evidence)) / Math.log(threshold)));
  const label = `evidence ${verdict.evidence.toPrecision(2)}, fires at ${threshold.toPrecision(2)}`;
  return <meter min={0} max={1} value={share} title={label} aria-label={label} />;
}
