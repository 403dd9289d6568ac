import { useSignal } from "@preact/signals";
import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { askJson, freshRequestId, jsonBody } from "../../data/http.ts";
import { vantageHeaders } from "../../data/session.ts";
import { Confirm } from "../../parts/confirm.tsx";
import { regionName } from "../../parts/format.ts";
import { toast } from "../../parts/toast.tsx";
import { place } from "../../shell/place.ts";

type Learner = TelemetryFrame["status"]["learners"][number];

/** The feature level: what the namespace may do, once every region's build knows it. */
export function Levels({ frame }: { readonly frame: TelemetryFrame }) {
  const { learners } = frame.status;
  const isAsking = useSignal(false);
  const level = Math.max(0, ...learners.map((one) => one.level ?? 0));
  const reach = Math.min(...learners.map((one) => one.build_level ?? 0));
  const why = blockedBy(learners, level);
  return (
    <section class="panel" aria-label="Feature level">
      <h2>Feature level</h2>
      <p>
        The namespace is at level {level}. What is new in a build is used only from its level on, so that old and new
        builds can run side by side during a deploy.
      </p>
      <ul class="changes">
        {learners.map(({ region, reachable, level: own, build_level: build }) => (
          <li key={region}>
            <span>{regionName(region)}</span>
            <span class="faint">{reachable ? `level ${own ?? 0}, its build knows ${build ?? 0}` : "no answer"}</span>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" disabled={why !== undefined} onClick={() => (isAsking.value = true)}>
          Raise to {Math.max(level + 1, reach)}…
        </button>
        <span class="faint">{why}</span>
      </div>
      {isAsking.value ? (
        <Confirm
          title={`Raise to level ${reach}?`}
          typed={place.value.namespace}
          action="Raise it"
          act={() => raise(reach)}
          close={() => (isAsking.value = false)}
        >
          <p>From then on no older build can serve this namespace: there is no way back.</p>
        </Confirm>
      ) : null}
    </section>
  );
}

/** Why it can not be raised; undefined when it can. */
function blockedBy(learners: readonly Learner[], level: number): string | undefined {
  const silent = learners.filter(({ reachable }) => !reachable);
  if (silent.length > 0) return `${silent.map(({ region }) => region).join(", ")} has to answer first`;
  const old = learners.filter((one) => (one.build_level ?? 0) <= level);
  if (old.length === learners.length) return "every build knows this level and none above";
  return old.length === 0 ? undefined : `${old.map(({ region }) => region).join(", ")} runs a build that knows no more`;
}

async function raise(level: number): Promise<void> {
  const { headers, body } = jsonBody({ level });
  await askJson(`/v1/${place.value.namespace}/level`, {
    method: "POST",
    headers: { ...headers, ...vantageHeaders(), "idempotency-key": freshRequestId() },
    body,
  });
  toast(`The namespace is at level ${level}`);
}
