import { live } from "../../data/live.ts";
import { rounds, telemetry, useTelemetry, verdict } from "../../data/telemetry.ts";
import { Loading } from "../../parts/problem.tsx";
import { ActiveReleases } from "../releases/releases-page.tsx";
import { Changes } from "./changes.tsx";
import { Rates } from "./rates.tsx";
import { Regions } from "./regions.tsx";
import { RoundView } from "./round-view.tsx";
import { WorldMap } from "./world-map-lazy.tsx";
import { WriteForm } from "./write-form.tsx";

/** What the world looks like now: health first, then the map, then how the last write was decided. */
export function WorldPage() {
  useTelemetry();
  const frame = telemetry.value;
  if (frame === undefined) return <Waiting />;
  const last = rounds.value.at(-1);
  return (
    <>
      <Banner />
      <div class="world">
        <div class="world-side">
          <section class="panel" aria-label="Map">
            <WorldMap frame={frame} round={last} />
          </section>
          <Rates />
        </div>
        <div class="world-side">
          <WriteForm />
          <ActiveReleases />
          <RoundView round={last} quorum={frame.quorum} />
        </div>
      </div>
      <Regions frame={frame} />
      <Changes />
    </>
  );
}

function Waiting() {
  if (live.value.kind !== "lost") return <Loading what="the regions" />;
  return (
    <div class="note note-bad" role="alert">
      <strong>The live connection is not there</strong>
      <p>
        Nothing can be shown before it is. The server may be down, or no region can be reached from here; it is tried
        again by itself.
      </p>
    </div>
  );
}

export function Banner() {
  const now = verdict.value;
  if (now === undefined) return null;
  return (
    <div class={`banner banner-${now.health}`} role="status">
      <strong>{now.title}</strong>
      <span>{now.detail}</span>
    </div>
  );
}
