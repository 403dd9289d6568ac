import { type Signal, signal } from "@preact/signals";

/** A choice that this browser keeps. A browser that keeps nothing has it for as long as the page is open. */
export function remembered<T extends string>(name: string, initial: T): Signal<T> {
  const key = `synod.${name}`;
  const value = signal<T>((read(key) as T | undefined) ?? initial);
  value.subscribe((next) => write(key, next));
  return value;
}

function read(key: string): string | undefined {
  try {
    return globalThis.localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: string): void {
  try {
    globalThis.localStorage.setItem(key, value);
  } catch {
    // Storage is full or forbidden; the choice holds until the page is left.
  }
}
