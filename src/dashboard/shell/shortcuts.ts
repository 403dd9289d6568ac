import type { Page } from "./pages.ts";
import { go, hrefOf } from "./place.ts";

/** A second key has to follow within so long. */
const CHORD_MS = 1_200;

/**
 * Keys that work anywhere but where one types: `g` and a page's letter goes there; an element with `data-shortcut` is
 * focused, or pressed if it is a button.
 */
export function shortcutsFollow(pages: () => readonly Page[]): void {
  let goneAt = Number.NEGATIVE_INFINITY;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || dialogIsOpen()) return;
    if (performance.now() - goneAt < CHORD_MS) {
      goneAt = Number.NEGATIVE_INFINITY;
      const page = pages().find(({ key }) => key === event.key);
      if (page !== undefined) {
        event.preventDefault();
        go(hrefOf(page.id));
      }
      return;
    }
    if (event.key === "g") {
      goneAt = performance.now();
      return;
    }
    const element = document.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(event.key)}"]`);
    if (element === null) return;
    event.preventDefault();
    if (element instanceof HTMLButtonElement) element.click();
    else element.focus();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (/^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)
  );
}

function dialogIsOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
