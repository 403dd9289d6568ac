import { useSignal } from "@preact/signals";
import { type Trouble, troubleOf } from "../../data/http.ts";
import { keyHref, keyOfText } from "../../data/key-name.ts";
import { entryPut, type Written } from "../../data/keys.ts";
import { valueOfText } from "../../data/value.ts";
import { count, duration } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem.tsx";
import { place } from "../../shell/place.ts";

/** Writes a key from where this page is, whatever the key was before: for seeing how writes are decided. */
export function WriteForm() {
  const key = useSignal("hello/world");
  const value = useSignal("1");
  const isBusy = useSignal(false);
  const written = useSignal<Written | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const write = async (): Promise<void> => {
    isBusy.value = true;
    try {
      const entry = { value: valueOfText(value.value), contentType: "text/plain" };
      written.value = await entryPut(place.value.namespace, keyOfText(key.value), entry, "any");
      trouble.value = undefined;
    } catch (error) {
      trouble.value = troubleOf(error);
      written.value = undefined;
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <section class="panel" aria-label="Write a key">
      <h2>Write a key</h2>
      <form
        class="field-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.value !== "") void write();
        }}
      >
        <Field name="Key" value={key.value} change={(next) => (key.value = next)} />
        <Field name="Value" value={value.value} change={(next) => (value.value = next)} />
        <button type="submit" class="primary" disabled={isBusy.value || key.value === ""}>
          Write
        </button>
      </form>
      <p role="status" class="faint">
        {isBusy.value ? "Waiting for votes…" : null}
        {written.value === undefined || isBusy.value ? null : (
          <>
            Revision <a href={keyHref(keyOfText(key.value), written.value.revision)}>{count(written.value.revision)}</a>{" "}
            in {duration(written.value.ms)} ({written.value.path.replace("; trips=", ", round trips: ")})
          </>
        )}
      </p>
      {trouble.value === undefined ? null : <ProblemNote trouble={trouble.value} />}
    </section>
  );
}

function Field(props: { readonly name: string; readonly value: string; readonly change: (value: string) => void }) {
  return (
    <label class="field">
      {props.name}
      <input
        value={props.value}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => props.change(currentTarget.value)}
      />
    </label>
  );
}
