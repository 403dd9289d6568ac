import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { namespaceFault, namespacesKnown, namespaceVisited } from "./namespaces.ts";
import { go, hrefIn, place } from "./place.ts";

/** Names the namespace that the page shows, and leads to others. */
export function NamespaceSwitcher() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { namespace } = place.value;
  return (
    <>
      <button
        type="button"
        class="namespace"
        data-shortcut="n"
        aria-haspopup="dialog"
        title="Go to another namespace (n)"
        onClick={() => dialog.current?.showModal()}
      >
        <span class="faint">namespace</span> <strong>{namespace}</strong> <span aria-hidden="true">▾</span>
      </button>
      <dialog ref={dialog} class="dialog" aria-label="Go to another namespace">
        <Choice close={() => dialog.current?.close()} />
      </dialog>
    </>
  );
}

function Choice({ close }: { readonly close: () => void }) {
  const name = useSignal("");
  const fault = useSignal<string | undefined>(undefined);
  const visit = (namespace: string): void => {
    fault.value = namespaceFault(namespace);
    if (fault.value !== undefined) return;
    namespaceVisited(namespace);
    close();
    go(hrefIn(namespace, place.value.page));
  };
  return (
    <form
      method="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        visit(name.value.trim());
      }}
    >
      <h2>Namespaces</h2>
      <Known visit={visit} />
      <label class="field">
        Another one
        <input
          autocomplete="off"
          spellcheck={false}
          placeholder="a name"
          value={name}
          aria-invalid={fault.value !== undefined}
          aria-describedby="namespace-fault"
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
        />
      </label>
      <p id="namespace-fault" class="fault" role="alert">
        {fault}
      </p>
      <div class="buttons">
        <button type="button" onClick={close}>
          Stay here
        </button>
        <button type="submit" class="primary">
          Go there
        </button>
      </div>
    </form>
  );
}

function Known({ visit }: { readonly visit: (namespace: string) => void }) {
  return (
    <ul class="choices">
      {namespacesKnown.value.map((namespace) => (
        <li key={namespace}>
          <button type="button" onClick={() => visit(namespace)} aria-current={namespace === place.value.namespace}>
            {namespace}
          </button>
        </li>
      ))}
    </ul>
  );
}
