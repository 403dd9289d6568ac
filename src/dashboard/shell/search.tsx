import { useSignal } from "@preact/signals";
import { keyHref, keyText } from "../data/key-name.ts";
import { keySearch } from "../data/keys.ts";
import type { Page } from "./pages.ts";
import { go, hrefOf, place } from "./place.ts";

interface Hit {
  readonly href: string;
  readonly text: string;
  readonly about: string;
}

const KEYS_MAX = 8;

/** Finds pages and keys by their beginnings. */
export function Search({ pages }: { readonly pages: readonly Page[] }) {
  const text = useSignal("");
  const hits = useSignal<readonly Hit[]>([]);
  const chosen = useSignal(0);
  const find = async (typed: string): Promise<void> => {
    text.value = typed;
    chosen.value = 0;
    const found = pageHits(pages, typed);
    hits.value = found;
    if (typed === "") return;
    const keys = await keyHits(place.value.namespace, typed);
    if (text.value === typed) hits.value = [...found, ...keys];
  };
  const open = (hit: Hit | undefined): void => {
    if (hit === undefined) return;
    void find("");
    // So that the next key is a shortcut again, and not typed.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    go(hit.href);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      chosen.value = Math.max(0, Math.min(hits.value.length - 1, chosen.value + step));
    } else if (event.key === "Enter") open(hits.value[chosen.value]);
    else if (event.key === "Escape") void find("");
  };
  return (
    <div class="search" role="search">
      <Field
        text={text.value}
        chosen={hits.value.length === 0 ? undefined : chosen.value}
        find={(typed) => void find(typed)}
        onKey={onKey}
        leave={() => {
          hits.value = [];
        }}
      />
      <Hits hits={hits.value} chosen={chosen.value} open={open} />
    </div>
  );
}

function Field(props: {
  readonly text: string;
  /** Undefined: nothing is offered. */
  readonly chosen: number | undefined;
  readonly find: (typed: string) => void;
  readonly onKey: (event: KeyboardEvent) => void;
  readonly leave: () => void;
}) {
  return (
    <input
      type="text"
      enterkeyhint="go"
      data-shortcut="/"
      role="combobox"
      aria-label="Find a page or a key"
      aria-expanded={props.chosen !== undefined}
      aria-controls="search-hits"
      aria-activedescendant={props.chosen === undefined ? undefined : `hit-${props.chosen}`}
      placeholder="Find a page or a key ( / )"
      autocomplete="off"
      value={props.text}
      onInput={({ currentTarget }) => props.find(currentTarget.value)}
      onKeyDown={props.onKey}
      onBlur={props.leave}
    />
  );
}

function Hits(props: { readonly hits: readonly Hit[]; readonly chosen: number; readonly open: (hit: Hit) => void }) {
  return (
    <ul id="search-hits" role="listbox" aria-label="What was found" class="hits" hidden={props.hits.length === 0}>
      {props.hits.map((hit, index) => (
        // Before the field loses its focus, which closes the list.
        <li
          key={hit.href}
          id={`hit-${index}`}
          role="option"
          aria-selected={index === props.chosen}
          onMouseDown={() => props.open(hit)}
        >
          <span class="cut">{hit.text}</span> <span class="faint">{hit.about}</span>
        </li>
      ))}
    </ul>
  );
}

function pageHits(pages: readonly Page[], typed: string): readonly Hit[] {
  const sought = typed.toLowerCase();
  if (sought === "") return [];
  return pages
    .filter(({ title }) => title.toLowerCase().startsWith(sought))
    .map(({ id, title, about }) => ({ href: hrefOf(id), text: title, about }));
}

/** None when they cannot be read: the page itself says why. */
async function keyHits(namespace: string, typed: string): Promise<readonly Hit[]> {
  const keys = await keySearch(namespace, typed, KEYS_MAX).catch(() => []);
  return keys.map((key) => ({ href: keyHref(key), text: keyText(key), about: "key" }));
}
