import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Trouble, troubleOf } from "../data/http.ts";
import { ProblemNote } from "./problem.tsx";

interface Props {
  readonly title: string;
  /** What has to be typed; undefined: a click is enough. */
  readonly typed?: string | undefined;
  readonly action: string;
  readonly children?: ComponentChildren;
  readonly act: () => Promise<void>;
  readonly close: () => void;
}

/** Asks before something that is not easily undone. Stays open, and says why, when it does not work. */
export function Confirm({ title, typed, action, children, act, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = useSignal("");
  const isBusy = useSignal(false);
  const trouble = useSignal<Trouble | undefined>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  const run = async (): Promise<void> => {
    isBusy.value = true;
    try {
      await act();
      dialog.current?.close();
    } catch (error) {
      trouble.value = troubleOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  const isMeant = typed === undefined || text.value === typed;
  return (
    <dialog ref={dialog} class="dialog" aria-label={title} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isMeant && !isBusy.value) void run();
        }}
      >
        <h2>{title}</h2>
        {children}
        {typed === undefined ? null : <Typed typed={typed} text={text.value} change={(next) => (text.value = next)} />}
        {trouble.value === undefined ? null : <ProblemNote trouble={trouble.value} />}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={!isMeant || isBusy.value}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Typed(props: { readonly typed: string; readonly text: string; readonly change: (text: string) => void }) {
  return (
    <label class="field">
      <span>
        Type <code>{props.typed}</code> to confirm
      </span>
      <input
        autocomplete="off"
        spellcheck={false}
        value={props.text}
        onInput={({ currentTarget }) => props.change(currentTarget.value)}
      />
    </label>
  );
}
