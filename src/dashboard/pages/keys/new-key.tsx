import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Key, keyHref, keyOfText, keyText } from "../../data/key-name.ts";
import { go } from "../../shell/place.ts";

const KEY_BYTES_MAX = 1_024;

/** Asks for the name of a key that is then written beside the tree. */
export function NewKey({ folder, close }: { readonly folder: Key; readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useSignal(keyText(folder));
  useEffect(() => dialog.current?.showModal(), []);
  const key = keyOfText(name.value);
  const isName = key.length > 0 && key.length <= KEY_BYTES_MAX;
  return (
    <dialog ref={dialog} class="dialog" aria-label="New key" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isName) return;
          dialog.current?.close();
          go(keyHref(key));
        }}
      >
        <h2>New key</h2>
        <label class="field">
          Name; slashes make folders
          <input
            autocomplete="off"
            spellcheck={false}
            value={name}
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
        </label>
        <p class="fault" role="alert">
          {key.length > KEY_BYTES_MAX ? "A key has at most 1 KiB." : ""}
        </p>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={!isName}>
            Go on
          </button>
        </div>
      </form>
    </dialog>
  );
}
