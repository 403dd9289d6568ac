import { computed, signal } from "@preact/signals";
import { remembered } from "./remembered.ts";

/** A place in the dashboard: `/dashboard/{namespace}/{page}/{rest}?{query}`. */
export interface Place {
  readonly namespace: string;
  readonly page: string;
  /** What follows the page, still percent-encoded. */
  readonly rest: string;
  readonly query: URLSearchParams;
}

const BASE = "/dashboard/";
export const PAGE_DEFAULT = "world";
const NAMESPACE_DEFAULT = "demo";

const lastNamespace = remembered<string>("namespace", NAMESPACE_DEFAULT);
const url = signal(new URL(globalThis.location.href));

export const place = computed((): Place => {
  const [namespace = "", page = "", ...rest] = url.value.pathname.slice(BASE.length).split("/");
  return {
    namespace: namespace === "" ? lastNamespace.value : namespace,
    page: page === "" ? PAGE_DEFAULT : page,
    rest: rest.join("/"),
    query: url.value.searchParams,
  };
});

export function hrefOf(page: string, rest = "", query: Readonly<Record<string, string>> = {}): string {
  return hrefIn(place.value.namespace, page, rest, query);
}

export function hrefIn(
  namespace: string,
  page: string,
  rest = "",
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString();
  return `${BASE}${namespace}/${page}${rest === "" ? "" : `/${rest}`}${search === "" ? "" : `?${search}`}`;
}

/** Goes there. `replace`: the place before is no place to come back to. */
export function go(href: string, replace = false): void {
  const next = new URL(href, globalThis.location.href);
  if (next.href === url.value.href) return;
  if (replace) history.replaceState(null, "", next);
  else history.pushState(null, "", next);
  const isOtherPage = next.pathname !== url.value.pathname;
  url.value = next;
  lastNamespace.value = place.value.namespace;
  if (isOtherPage) globalThis.scrollTo(0, 0);
}

/** Makes links and the browser's back button work without loading the page anew. */
export function placeFollow(): void {
  globalThis.addEventListener("popstate", () => {
    url.value = new URL(globalThis.location.href);
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || !isPlain(event) || link.target !== "") return;
    if (link.origin !== globalThis.location.origin || !link.pathname.startsWith(BASE)) return;
    event.preventDefault();
    go(link.href);
  });
  lastNamespace.value = place.value.namespace;
}

function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}
