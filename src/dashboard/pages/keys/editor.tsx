import { useEffect } from "preact/hooks";
import type { Entry } from "../../data/keys.ts";
import { hexText, valueOfBytes } from "../../data/value.ts";
import { bytes, count } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem.tsx";
import { Conflict } from "./conflict.tsx";
import { type Draft, draftValue, type KeyModel } from "./key-model.ts";

interface Props {
  readonly model: KeyModel;
  readonly draft: Draft;
  /** As the key is now. */
  readonly current: Entry | undefined;
}

export function Editor({ model, draft, current }: Props) {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    globalThis.addEventListener("beforeunload", warn);
    return () => globalThis.removeEventListener("beforeunload", warn);
  }, []);
  const value = draftValue(draft);
  const isLate = draft.conflict === undefined && current?.modRevision !== draft.base?.modRevision;
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        void model.save();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void model.save();
      }}
    >
      <Notices model={model} draft={draft} current={current} isLate={isLate} />
      <Fields model={model} draft={draft} />
      {value === undefined ? (
        <p class="fault" role="alert">
          Bytes are pairs of hex digits, such as 00 ff 1a.
        </p>
      ) : null}
      <div class="buttons">
        <button type="submit" class="primary" disabled={value === undefined || model.isBusy.value}>
          {draft.conflict === undefined ? "Save" : "Save over theirs"}
        </button>
        <button type="button" onClick={() => model.keep(undefined)}>
          Discard
        </button>
        <span class="faint">
          {value === undefined ? "" : bytes(value.bytes.length)} · {over(draft)}
        </span>
      </div>
    </form>
  );
}

/** What the write insists on. */
function over({ base, conflict }: Draft): string {
  const entry = conflict === undefined ? base : conflict.entry;
  return entry === undefined ? "only if there is still no such key" : `only over revision ${count(entry.modRevision)}`;
}

function Notices({ model, draft, current, isLate }: Props & { readonly isLate: boolean }) {
  const trouble = model.trouble.value;
  return (
    <>
      {draft.conflict === undefined ? null : <Conflict model={model} draft={draft} theirs={draft.conflict.entry} />}
      {trouble === undefined || (draft.conflict !== undefined && trouble.code === "precondition-failed") ? null : (
        <ProblemNote trouble={trouble} />
      )}
      {isLate ? (
        <p class="note note-warn" role="status">
          {current === undefined ? "Somebody deleted the key" : `Somebody wrote revision ${count(current.modRevision)}`}{" "}
          while you edit. Nothing of yours is lost, and saving will not overwrite it unseen.{" "}
          <button type="button" class="link" onClick={() => model.keep({ ...draft, conflict: { entry: current } })}>
            Compare now
          </button>
        </p>
      ) : null}
    </>
  );
}

function Fields({ model, draft }: { readonly model: KeyModel; readonly draft: Draft }) {
  const isBytes = draft.format === "bytes";
  return (
    <>
      <label class="field">
        {isBytes ? "Bytes, as hex digits" : "Value"}
        <textarea
          rows={12}
          spellcheck={false}
          class={isBytes ? "hex" : ""}
          value={draft.text}
          onInput={({ currentTarget }) => model.keep({ ...draft, text: currentTarget.value })}
        />
      </label>
      <div class="field-row">
        <label class="field">
          Type
          <input
            value={draft.contentType}
            placeholder="not said"
            spellcheck={false}
            onInput={({ currentTarget }) => model.keep({ ...draft, contentType: currentTarget.value })}
          />
        </label>
        <button type="button" disabled={!canSwitch(draft)} onClick={() => model.keep(switched(draft))}>
          {isBytes ? "Edit as text" : "Edit as bytes"}
        </button>
      </div>
    </>
  );
}

/** Bytes that are no text can only be edited as bytes. */
function canSwitch(draft: Draft): boolean {
  return draft.format === "text" || draftValue(draft)?.text !== undefined;
}

function switched(draft: Draft): Draft {
  const value = draftValue(draft) ?? valueOfBytes(new Uint8Array());
  return draft.format === "text"
    ? { ...draft, format: "bytes", text: hexText(value.bytes) }
    : { ...draft, format: "text", text: value.text ?? "" };
}
