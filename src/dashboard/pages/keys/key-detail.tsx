import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Key, keyHref, keyText, keyTyped } from "../../data/key-name.ts";
import type { Entry } from "../../data/keys.ts";
import { Confirm } from "../../parts/confirm.tsx";
import { bytes, count, duration, plural } from "../../parts/format.ts";
import { Empty, Loading, ProblemNote } from "../../parts/problem.tsx";
import { go, place } from "../../shell/place.ts";
import { Editor } from "./editor.tsx";
import { History } from "./history.tsx";
import { KeyModel, type News } from "./key-model.ts";
import { ValueView } from "./value-view.tsx";

interface Props {
  readonly name: Key;
  /** The revision that the path names: its history is open there. */
  readonly revision: number | undefined;
  readonly news: Signal<News | undefined>;
}

/** One key: its value, what it is held by, its history. */
export function KeyDetail({ name, revision, news }: Props) {
  const { namespace } = place.value;
  const model = useMemo(() => new KeyModel(namespace, name), [namespace, name]);
  useEffect(() => {
    void model.load();
    return news.subscribe((one) => {
      if (one?.key === name) model.changed(one.revision);
    });
  }, [model, news, name]);
  const known = model.known.value;
  return (
    <>
      <div class="panel-head">
        <h2 class="key-name" title={keyText(name)}>
          {keyText(name)}
        </h2>
      </div>
      {known.kind === "loading" ? <Loading what="the key" /> : null}
      {known.kind === "trouble" ? (
        <ProblemNote trouble={known.trouble}>
          <button type="button" onClick={() => void model.load()}>
            Try again
          </button>
        </ProblemNote>
      ) : null}
      {known.kind === "absent" || known.kind === "present" ? (
        <Loaded model={model} entry={known.kind === "present" ? known.entry : undefined} revision={revision} />
      ) : null}
    </>
  );
}

function Loaded(props: {
  readonly model: KeyModel;
  readonly entry: Entry | undefined;
  readonly revision: number | undefined;
}) {
  const { model, entry, revision } = props;
  if (model.draft.value !== undefined) return <Editor model={model} draft={model.draft.value} current={entry} />;
  return (
    <>
      {model.trouble.value === undefined ? null : <ProblemNote trouble={model.trouble.value} />}
      {entry === undefined ? <Absent model={model} /> : <Present model={model} entry={entry} />}
      <LastWrite model={model} />
      <History model={model} current={entry} revision={revision} />
    </>
  );
}

function Absent({ model }: { readonly model: KeyModel }) {
  return (
    <Empty title="There is no such key">
      <p>It was never written, or it was deleted; its history, if any is kept, is below.</p>
      <button type="button" onClick={() => model.edit()}>
        Write it
      </button>
    </Empty>
  );
}

function Present({ model, entry }: { readonly model: KeyModel; readonly entry: Entry }) {
  const isDeleting = useSignal(false);
  return (
    <>
      <dl class="facts">
        <Fact name="Revision" value={count(entry.modRevision)} />
        <Fact name="Written" value={plural(entry.version, "time")} />
        <Fact name="Created at" value={count(entry.createRevision)} />
        <Fact name="Size" value={bytes(entry.value.bytes.length)} />
        <Fact name="Type" value={entry.contentType ?? "not said"} />
        {entry.lease === undefined ? null : <Fact name="Held by lease" value={entry.lease} />}
      </dl>
      <ValueView value={entry.value} label="Value" />
      <div class="buttons">
        <button type="button" class="primary" data-shortcut="e" onClick={() => model.edit()}>
          Edit
        </button>
        <button
          type="button"
          onClick={() => {
            isDeleting.value = true;
          }}
        >
          Delete…
        </button>
      </div>
      {isDeleting.value ? (
        <Confirm
          title="Delete this key?"
          typed={keyTyped(entry.key)}
          action="Delete it"
          act={() => model.delete(entry)}
          close={() => {
            isDeleting.value = false;
          }}
        >
          <p>Its history stays until it is compacted, and there is a way back for a while.</p>
        </Confirm>
      ) : null}
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

const PATHS: Readonly<Record<string, string>> = {
  fast: "one round trip to the nearest quorum",
  classic: "a classic round, after a collision or with regions down",
  leader: "a leader, since there was contention",
};

/** How the last write of this page was decided. */
function LastWrite({ model }: { readonly model: KeyModel }) {
  const written = model.lastWrite.value;
  if (written === undefined) return null;
  const [path = ""] = written.path.split(";");
  return (
    <p class="note note-good" role="status">
      Written as revision <a href={keyHref(model.key, written.revision)}>{count(written.revision)}</a> in{" "}
      {duration(written.ms)}, by {PATHS[path] ?? path}.{" "}
      <button type="button" class="link" onClick={() => go(keyHref(model.key, written.revision))}>
        Show the difference
      </button>
    </p>
  );
}
