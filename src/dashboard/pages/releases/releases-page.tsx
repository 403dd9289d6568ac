import { useSignal } from "@preact/signals";
import { type Release, releases, releasesLoad, releasesTrouble, useReleases } from "../../data/releases.ts";
import { useTelemetry } from "../../data/telemetry.ts";
import { percent } from "../../parts/format.ts";
import { Empty, Loading, ProblemNote } from "../../parts/problem.tsx";
import { Time } from "../../parts/time.tsx";
import { hrefOf, place } from "../../shell/place.ts";
import { NewReleaseDialog } from "./new-release.tsx";
import { ReleaseDetail } from "./release-detail.tsx";
import { STATE_NAMES, STATE_TONES } from "./states.ts";

/** What is being rolled out, how far, and what became of what was. */
export function ReleasesPage() {
  const { namespace, rest } = place.value;
  useTelemetry();
  useReleases(namespace);
  const isNew = useSignal(false);
  const all = releases.value;
  const trouble = releasesTrouble.value;
  const shown = all?.find(({ id }) => id === rest);
  return (
    <div class="split">
      <section class="panel split-list" aria-label="All releases">
        <div class="panel-head">
          <h2>All releases</h2>
          <button type="button" onClick={() => (isNew.value = true)}>
            New release
          </button>
        </div>
        {trouble === undefined ? null : (
          <ProblemNote trouble={trouble}>
            <button type="button" onClick={() => void releasesLoad(namespace)}>
              Try again
            </button>
          </ProblemNote>
        )}
        {all === undefined ? <Pending isBroken={trouble !== undefined} /> : <List all={all} shown={rest} />}
      </section>
      <section class="panel" aria-label="Release">
        {shown === undefined ? (
          <Empty title="No release chosen">
            <p>
              A release shows new values to a few first, watches how they fare, and takes them back everywhere if badly.
            </p>
          </Empty>
        ) : (
          <ReleaseDetail key={shown.id} namespace={namespace} release={shown} />
        )}
      </section>
      {isNew.value ? <NewReleaseDialog namespace={namespace} close={() => (isNew.value = false)} /> : null}
    </div>
  );
}

function Pending({ isBroken }: { readonly isBroken: boolean }) {
  return isBroken ? null : <Loading what="the releases" />;
}

function List({ all, shown }: { readonly all: readonly Release[]; readonly shown: string }) {
  if (all.length === 0) {
    return (
      <Empty title="No releases yet">
        <p>“New release” makes one of a single key; clients and the command line make them of many.</p>
      </Empty>
    );
  }
  return (
    <ul class="releases">
      {all.map((release) => (
        <li key={release.id}>
          <a href={hrefOf("releases", release.id)} aria-current={release.id === shown ? "true" : undefined}>
            <span class="cut">{titleOf(release)}</span>
            <span class={`pill pill-${STATE_TONES[release.state]}`}>{STATE_NAMES[release.state]}</span>
            <span class="faint">
              {percent(release.share)} · <Time at={release.created_ms} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The releases that are under way, for the first page. */
export function ActiveReleases() {
  const { namespace } = place.value;
  useReleases(namespace);
  const active = (releases.value ?? []).filter(({ state }) => ["staging", "paused", "baking"].includes(state));
  return (
    <section class="panel" aria-label="Being rolled out">
      <h2>Being rolled out</h2>
      {active.length === 0 ? <p class="faint">Nothing.</p> : <List all={active} shown="" />}
    </section>
  );
}

export function titleOf({ note, changes }: Release): string {
  const [first] = changes;
  const keys = `${first?.key ?? ""}${changes.length > 1 ? ` and ${changes.length - 1} more` : ""}`;
  return note === undefined ? keys : `${note} (${keys})`;
}
