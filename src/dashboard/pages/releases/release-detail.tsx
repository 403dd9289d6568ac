import { useSignal } from "@preact/signals";
import { type Trouble, troubleOf } from "../../data/http.ts";
import { keyHref, keyOf, keyText } from "../../data/key-name.ts";
import { type Action, type Release, releaseAct } from "../../data/releases.ts";
import { bytes, count, duration, percent } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem.tsx";
import { Time } from "../../parts/time.tsx";
import { Evidence } from "./evidence.tsx";
import { StageBar } from "./stage-bar.tsx";
import { ACTION_NAMES, ACTIONS, STATE_NAMES, STATE_TONES } from "./states.ts";

export function ReleaseDetail({ namespace, release }: { readonly namespace: string; readonly release: Release }) {
  return (
    <>
      <div class="panel-head">
        <h2 class="cut">{release.note ?? release.changes[0]?.key}</h2>
        <span class={`pill pill-${STATE_TONES[release.state]}`}>{STATE_NAMES[release.state]}</span>
      </div>
      <StageBar release={release} />
      <Actions namespace={namespace} release={release} />
      <dl class="facts">
        <Fact name="Sees it" value={percent(release.share)} />
        <Fact name="By" value={release.author} />
        <Fact name="Strategy" value={release.strategy_name ?? "its own"} />
        <Fact name="Approvals" value={`${release.approvals.length} of ${release.strategy.approvals}`} />
        <Fact name="Final after" value={duration(release.strategy.bake_s * 1_000)} />
      </dl>
      <Changes release={release} />
      <Findings release={release} />
      <Last release={release} />
      <p class="faint">
        Release <code>{release.id}</code>, step {count(release.step)}
      </p>
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="cut" title={value}>
        {value}
      </dd>
    </div>
  );
}

function Actions({ namespace, release }: { readonly namespace: string; readonly release: Release }) {
  const isBusy = useSignal(false);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const act = async (action: Action): Promise<void> => {
    isBusy.value = true;
    try {
      await releaseAct(namespace, release, action);
      trouble.value = undefined;
    } catch (error) {
      trouble.value = troubleOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <>
      <div class="buttons">
        {ACTIONS[release.state].map((action) => (
          <button
            key={action}
            type="button"
            class={action === "rollback" ? "danger" : ""}
            disabled={isBusy.value}
            onClick={() => void act(action)}
          >
            {ACTION_NAMES[action]}
          </button>
        ))}
      </div>
      {trouble.value === undefined ? null : <ProblemNote trouble={trouble.value} />}
    </>
  );
}

function Changes({ release }: { readonly release: Release }) {
  return (
    <ul class="changes" aria-label="What it changes">
      {release.changes.map((change) => (
        <li key={change.key}>
          <a class="cut" href={keyHref(keyOf(change))}>
            <code>{keyText(keyOf(change))}</code>
          </a>
          <span class="faint">
            {change.delete === true ? "deleted" : bytes(change.bytes ?? 0)}
            {change.base_mod_revision === 0 ? ", new" : `, over revision ${count(change.base_mod_revision)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Findings({ release }: { readonly release: Release }) {
  if (release.findings.length === 0) return null;
  return (
    <ul class="changes" aria-label="What to look at twice">
      {release.findings.map(({ severity, code, detail }) => (
        <li key={`${code} ${detail}`}>
          <span class={severity === "error" ? "bad" : severity === "warning" ? "warn" : ""}>{detail}</span>
          <code class="faint">{code}</code>
        </li>
      ))}
    </ul>
  );
}

function Last({ release: { last, transitions, strategy } }: { readonly release: Release }) {
  return (
    <section aria-label="The last transition" class="history">
      <h3>The last of {count(transitions)} transitions</h3>
      <p>
        {last.kind} by {last.by}, <Time at={last.at_ms} />
        {last.reason === undefined ? "" : `: ${last.reason}`}
      </p>
      {(last.evidence ?? []).map((yes) => (
        <Evidence key={yes.region} yes={yes} strategy={strategy} />
      ))}
    </section>
  );
}
