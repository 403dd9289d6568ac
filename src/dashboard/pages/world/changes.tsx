import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { keyHref, keyOf, keyText } from "../../data/key-name.ts";
import { type ChangeEvent, subscribe } from "../../data/live.ts";
import { count } from "../../parts/format.ts";
import { Time } from "../../parts/time.tsx";

interface Change {
  readonly event: ChangeEvent;
  readonly at: number;
}

const SHOWN_MAX = 8;

/** The last changes of keys, as the watch tells them. */
export function Changes() {
  const changes = useSignal<readonly Change[]>([]);
  useEffect(
    () =>
      subscribe({
        prefix: "",
        restart: () => {},
        events: (events) => {
          const at = Date.now();
          const young = events.slice(-SHOWN_MAX).map((event) => ({ event, at }));
          changes.value = [...young.reverse(), ...changes.value].slice(0, SHOWN_MAX);
        },
      }),
    [changes],
  );
  return (
    <section class="panel" aria-label="Last changes">
      <h2>Last changes</h2>
      {changes.value.length === 0 ? (
        <p class="faint">Nothing has changed since this page was opened.</p>
      ) : (
        <ul class="changes">
          {changes.value.map((change) => (
            <Line key={`${change.event.mod_revision} ${change.event.key}`} change={change} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ change: { event, at } }: { readonly change: Change }) {
  const key = keyOf(event);
  return (
    <li>
      <a class="cut" href={keyHref(key, event.mod_revision)}>
        <code>{keyText(key)}</code>
      </a>
      <span class="faint">
        {event.type === "put" ? "written" : "deleted"} at revision {count(event.mod_revision)}, <Time at={at} />
      </span>
    </li>
  );
}
