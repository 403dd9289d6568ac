import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Trouble, troubleOf } from "../../data/http.ts";
import { keyHref, keyRest } from "../../data/key-name.ts";
import { type Entry, historyRead, type Version } from "../../data/keys.ts";
import { hexText } from "../../data/value.ts";
import { Diff } from "../../parts/diff-view.tsx";
import { bytes, count } from "../../parts/format.ts";
import { Loading, ProblemNote } from "../../parts/problem.tsx";
import { Time } from "../../parts/time.tsx";
import { go, hrefOf } from "../../shell/place.ts";
import type { KeyModel } from "./key-model.ts";
import { ValueView } from "./value-view.tsx";

interface Props {
  readonly model: KeyModel;
  readonly current: Entry | undefined;
  /** The revision to show; undefined: the history is closed. */
  readonly revision: number | undefined;
}

/** What the key was before: a slider over its revisions, the difference to now, and the way back. */
export function History({ model, current, revision }: Props) {
  if (revision === undefined) {
    return (
      <div class="buttons">
        <button type="button" data-shortcut="h" onClick={() => go(keyHref(model.key, current?.modRevision ?? 1))}>
          History
        </button>
      </div>
    );
  }
  return <Open model={model} current={current} revision={revision} />;
}

function Open({ model, current, revision }: Props & { readonly revision: number }) {
  const versions = useSignal<readonly Version[] | undefined>(undefined);
  const before = useSignal<number | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const load = async (from: number | undefined): Promise<void> => {
    try {
      const page = await historyRead(model.namespace, model.key, from);
      versions.value = from === undefined ? page.versions : [...(versions.value ?? []), ...page.versions];
      before.value = page.before;
      trouble.value = undefined;
    } catch (error) {
      trouble.value = troubleOf(error);
    }
  };
  useEffect(() => void load(undefined), [current?.modRevision]);
  if (trouble.value !== undefined) return <ProblemNote trouble={trouble.value} />;
  if (versions.value === undefined) return <Loading what="the history" />;
  return (
    <section class="history" aria-label="History">
      <div class="panel-head">
        <h3>History</h3>
        <button type="button" onClick={() => go(hrefOf("keys", keyRest(model.key)))}>
          Close
        </button>
      </div>
      <Versions
        model={model}
        current={current}
        revision={revision}
        versions={versions.value}
        older={before.value === undefined ? undefined : () => void load(before.value)}
      />
    </section>
  );
}

interface VersionsProps extends Props {
  readonly revision: number;
  /** The newest first. */
  readonly versions: readonly Version[];
  readonly older: (() => void) | undefined;
}

function Versions({ model, current, revision, versions, older }: VersionsProps) {
  if (versions.length === 0) return <p class="faint">No version is kept.</p>;
  // What the key was at a revision is what was written last before it.
  const found = versions.findIndex((version) => version.revision <= revision);
  const at = found < 0 ? versions.length - 1 : found;
  const version = versions[at];
  if (version === undefined) return null;
  const show = (index: number): void => {
    const next = versions[Math.max(0, Math.min(versions.length - 1, index))];
    if (next !== undefined) go(keyHref(model.key, next.revision), true);
  };
  return (
    <>
      <div class="slider">
        <button type="button" disabled={at === versions.length - 1} onClick={() => show(at + 1)}>
          Older
        </button>
        <input
          type="range"
          aria-label="Revision"
          aria-valuetext={`revision ${version.revision}`}
          min={0}
          max={versions.length - 1}
          value={versions.length - 1 - at}
          onInput={({ currentTarget }) => show(versions.length - 1 - Number(currentTarget.value))}
        />
        <button type="button" disabled={at === 0} onClick={() => show(at - 1)}>
          Newer
        </button>
      </div>
      <VersionLine version={version} at={at} total={versions.length} older={older} />
      <Shown model={model} current={current} version={version} previous={versions[at + 1]} />
    </>
  );
}

function VersionLine(props: {
  readonly version: Version;
  readonly at: number;
  readonly total: number;
  readonly older: (() => void) | undefined;
}) {
  const { version, at, total, older } = props;
  return (
    <p class="version">
      <strong>Revision {count(version.revision)}</strong> ·{" "}
      {version.entry === undefined ? "deleted" : bytes(version.entry.value.bytes.length)}
      {version.actor === undefined ? null : <> · by {version.actor}</>}
      {version.at === undefined ? null : (
        <>
          {" · "}
          <Time at={version.at} />
        </>
      )}
      <span class="faint">
        {" "}
        · {total - at} of {total}
        {older === undefined ? "" : ", older ones are kept"}
      </span>{" "}
      {older === undefined ? null : (
        <button type="button" class="link" onClick={older}>
          Load older
        </button>
      )}
    </p>
  );
}

function Shown(props: {
  readonly model: KeyModel;
  readonly current: Entry | undefined;
  readonly version: Version;
  readonly previous: Version | undefined;
}) {
  const { model, current, version, previous } = props;
  const against = useSignal<"now" | "before">("before");
  const other = against.value === "now" ? current : previous?.entry;
  const isNow = current?.modRevision === version.revision;
  const { entry } = version;
  const names = against.value === "now" ? (["then", "now"] as const) : (["before", "then"] as const);
  const [left, right] = against.value === "now" ? [entry, other] : [other, entry];
  return (
    <>
      <fieldset class="choice">
        <legend class="visually-hidden">Compare with</legend>
        <Choice
          name="before"
          text="what it changed"
          against={against.value}
          choose={() => (against.value = "before")}
        />
        <Choice name="now" text="difference to now" against={against.value} choose={() => (against.value = "now")} />
      </fieldset>
      <Diff before={textOf(left)} after={textOf(right)} names={names} />
      {entry === undefined ? null : <ValueView value={entry.value} label={`Value at revision ${version.revision}`} />}
      {entry === undefined || isNow ? null : (
        <div class="buttons">
          <button type="button" disabled={model.isBusy.value} onClick={() => void model.restore(entry)}>
            Restore as a new write
          </button>
        </div>
      )}
    </>
  );
}

function Choice(props: {
  readonly name: string;
  readonly text: string;
  readonly against: string;
  readonly choose: () => void;
}) {
  return (
    <label>
      <input type="radio" name="against" checked={props.against === props.name} onChange={props.choose} /> {props.text}
    </label>
  );
}

function textOf(entry: Entry | undefined): string {
  return entry === undefined ? "" : (entry.value.text ?? hexText(entry.value.bytes));
}
