import { useSignal } from "@preact/signals";
import type { TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { askJson, freshRequestId, jsonBody } from "../../data/http.ts";
import { vantageHeaders } from "../../data/session.ts";
import { Confirm } from "../../parts/confirm.tsx";
import { count } from "../../parts/format.ts";
import { toast } from "../../parts/toast.tsx";
import { place } from "../../shell/place.ts";

/** Forgets history. */
export function Compaction({ frame }: { readonly frame: TelemetryFrame }) {
  const { revision, compact_revision: compacted } = frame;
  const text = useSignal("");
  const isAsking = useSignal(false);
  const chosen = Number(text.value);
  const isRevision = Number.isInteger(chosen) && chosen > compacted && chosen <= revision;
  return (
    <section class="panel" aria-label="History">
      <h2>History</h2>
      <p>
        Kept from revision {count(Math.max(1, compacted))} to {count(revision)}. Forgetting what is older frees space;
        the keys stay as they are.
      </p>
      <form
        class="field-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (isRevision) isAsking.value = true;
        }}
      >
        <label class="field">
          Forget what is older than revision
          <input
            inputMode="numeric"
            autocomplete="off"
            value={text}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value.trim();
            }}
          />
        </label>
        <button type="submit" disabled={!isRevision}>
          Forget…
        </button>
      </form>
      <p class="fault" role="alert">
        {text.value === "" || isRevision ? "" : `A revision from ${count(compacted + 1)} to ${count(revision)}.`}
      </p>
      {isAsking.value ? <Ask revision={chosen} close={() => (isAsking.value = false)} /> : null}
    </section>
  );
}

function Ask({ revision, close }: { readonly revision: number; readonly close: () => void }) {
  return (
    <Confirm
      title={`Forget what is older than revision ${count(revision)}?`}
      typed={place.value.namespace}
      action="Forget it"
      act={() => compact(revision)}
      close={close}
    >
      <p>There is no way back. Watches that are further behind have to begin anew.</p>
    </Confirm>
  );
}

async function compact(revision: number): Promise<void> {
  const { headers, body } = jsonBody({ revision });
  await askJson(`/v1/${place.value.namespace}/compact`, {
    method: "POST",
    headers: { ...headers, ...vantageHeaders(), "idempotency-key": freshRequestId() },
    body,
  });
  toast(`History before revision ${count(revision)} is forgotten`);
}
