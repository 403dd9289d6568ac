import { useEffect, useMemo } from "preact/hooks";
import { isRegion } from "../../../network/region.ts";
import { telemetry, useTelemetry } from "../../data/telemetry.ts";
import { Loading, ProblemNote } from "../../parts/problem.tsx";
import { place } from "../../shell/place.ts";
import { Banner } from "../world/world-page.tsx";
import { Controls } from "./controls.tsx";
import { Links } from "./links.tsx";
import { Load } from "./load.ts";
import { LoadPanel } from "./load-panel.tsx";
import { network, networkLoad, networkTrouble } from "./network.ts";

/** Breaks the simulated network, while a load runs and its history is judged. */
export function FaultLabPage() {
  useTelemetry();
  const { namespace } = place.value;
  const load = useMemo(() => new Load(namespace), [namespace]);
  useEffect(() => {
    void networkLoad();
    return () => load.stop();
  }, [load]);
  const now = network.value;
  const frame = telemetry.value;
  if (networkTrouble.value !== undefined && now === undefined) {
    return (
      <ProblemNote trouble={networkTrouble.value}>
        <button type="button" onClick={() => void networkLoad()}>
          Try again
        </button>
      </ProblemNote>
    );
  }
  if (now === undefined || frame === undefined) return <Loading what="the fault lab" />;
  const members = frame.status.acceptors.map(({ region }) => region).filter(isRegion);
  return (
    <>
      <Banner />
      <div class="split lab-split">
        <section class="panel" aria-label="The network">
          <h2>The network</h2>
          <p class="faint">
            Pull a link apart to cut it; press it again to mend it. Press a region to take it down. It is the network of
            this whole server, for every namespace.
          </p>
          {networkTrouble.value === undefined ? null : <ProblemNote trouble={networkTrouble.value} />}
          <Links members={members} network={now} />
          <Controls network={now} />
        </section>
        <LoadPanel load={load} regions={members} />
      </div>
    </>
  );
}
