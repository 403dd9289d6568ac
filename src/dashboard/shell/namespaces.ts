import { computed } from "@preact/signals";
import { place } from "./place.ts";
import { remembered } from "./remembered.ts";

const KNOWN_MAX = 20;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const visited = remembered<string>("namespaces", "");

/** Those that this browser has been to, in order of their names. */
export const namespacesKnown = computed((): readonly string[] => {
  const names = new Set([...visited.value.split(" ").filter((name) => name !== ""), place.value.namespace]);
  return [...names].sort();
});

export function namespaceVisited(name: string): void {
  const others = visited.value.split(" ").filter((one) => one !== "" && one !== name);
  visited.value = [name, ...others].slice(0, KNOWN_MAX).join(" ");
}

/** Why a text names no namespace. */
export function namespaceFault(name: string): string | undefined {
  if (NAME.test(name)) return undefined;
  return "A name has 1 to 64 of a-z 0-9 . _ - with a letter or digit first.";
}
