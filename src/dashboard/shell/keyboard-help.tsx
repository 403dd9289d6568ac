import { useRef } from "preact/hooks";
import type { Page } from "./pages.ts";

const EVERYWHERE = [
  ["/", "find a page or a key"],
  ["n", "go to another namespace"],
  ["?", "this list"],
  ["↑ ↓ ← →", "move in a tree or a list"],
  ["Esc", "close a dialog, leave a field"],
] as const;

/** Which keys do what. */
export function KeyboardHelp({ pages }: { readonly pages: readonly Page[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <footer class="foot">
      <button type="button" class="link" data-shortcut="?" onClick={() => dialog.current?.showModal()}>
        Keyboard
      </button>
      <a class="link" href="/openapi.json" target="_blank" rel="noreferrer">
        Interface
      </a>
      <dialog ref={dialog} class="dialog" aria-label="Keyboard">
        <h2>Keyboard</h2>
        <dl class="keys">
          {EVERYWHERE.map(([key, does]) => (
            <Shortcut key={key} keys={key} does={does} />
          ))}
          {pages.map(({ id, key, title }) => (
            <Shortcut key={id} keys={`g ${key}`} does={title} />
          ))}
        </dl>
        <form method="dialog" class="buttons">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </footer>
  );
}

function Shortcut({ keys, does }: { readonly keys: string; readonly does: string }) {
  return (
    <div>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{does}</dd>
    </div>
  );
}
