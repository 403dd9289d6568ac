import type { ComponentChildren } from "preact";
import type { Trouble } from "../data/http.ts";

/** What went wrong, in the words of the problem. */
export function ProblemNote({
  trouble,
  children,
}: {
  readonly trouble: Trouble;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="note note-bad" role="alert">
      <strong>{trouble.title}</strong>
      <p>{sentence(trouble.message)}</p>
      {children}
      <p class="faint">
        <code>{trouble.code}</code>
        {trouble.requestId === undefined ? null : (
          <>
            {" · request "}
            <code>{trouble.requestId}</code>
          </>
        )}
      </p>
    </div>
  );
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** In place of what is not there yet. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      Loading {what}…
    </div>
  );
}

/** In place of a list that has nothing in it: what would be here, and how it comes here. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
