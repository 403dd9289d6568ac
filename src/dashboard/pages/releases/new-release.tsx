import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Trouble, troubleOf } from "../../data/http.ts";
import { type NamedStrategy, type NewRelease, releaseMake, strategiesRead } from "../../data/releases.ts";
import { ProblemNote } from "../../parts/problem.tsx";
import { go, hrefOf } from "../../shell/place.ts";

/** Makes a release of one key. Nothing is shown to anybody before it is started. */
export function NewReleaseDialog({ namespace, close }: { readonly namespace: string; readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const wanted = useSignal<NewRelease>({ key: "", value: "", strategy: "", note: "" });
  const strategies = useSignal<readonly NamedStrategy[]>([]);
  const trouble = useSignal<Trouble | undefined>(undefined);
  useEffect(() => {
    dialog.current?.showModal();
    strategiesRead(namespace).then(
      (found) => {
        strategies.value = found;
        wanted.value = { ...wanted.value, strategy: found[0]?.name ?? "" };
      },
      (error: unknown) => {
        trouble.value = troubleOf(error);
      },
    );
  }, []);
  const make = async (): Promise<void> => {
    try {
      const id = await releaseMake(namespace, wanted.value);
      dialog.current?.close();
      go(hrefOf("releases", id));
    } catch (error) {
      trouble.value = troubleOf(error);
    }
  };
  return (
    <dialog ref={dialog} class="dialog" aria-label="New release" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <h2>New release</h2>
        <Fields wanted={wanted.value} strategies={strategies.value} change={(next) => (wanted.value = next)} />
        {trouble.value === undefined ? null : <ProblemNote trouble={trouble.value} />}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={wanted.value.key === "" || wanted.value.strategy === ""}>
            Make it
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Fields(props: {
  readonly wanted: NewRelease;
  readonly strategies: readonly NamedStrategy[];
  readonly change: (wanted: NewRelease) => void;
}) {
  const { wanted, strategies, change } = props;
  return (
    <>
      <label class="field">
        Key
        <input value={wanted.key} onInput={({ currentTarget: { value: key } }) => change({ ...wanted, key })} />
      </label>
      <label class="field">
        New value
        <textarea
          rows={4}
          value={wanted.value}
          onInput={({ currentTarget: { value } }) => change({ ...wanted, value })}
        />
      </label>
      <label class="field">
        Strategy
        <select
          value={wanted.strategy}
          onChange={({ currentTarget: { value: strategy } }) => change({ ...wanted, strategy })}
        >
          {strategies.map(({ name, preset }) => (
            <option key={name} value={name}>
              {preset ? `${name} (comes with Synod)` : name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Note
        <input value={wanted.note} onInput={({ currentTarget: { value: note } }) => change({ ...wanted, note })} />
      </label>
    </>
  );
}
