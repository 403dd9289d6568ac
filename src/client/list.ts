import type { z } from "zod";
import type { ListAnswer } from "../api/answer.ts";
import type { KeyValueJson } from "../api/readable.ts";
import type { Caller } from "./caller.ts";
import { type Entry, entryFrom } from "./entry.ts";
import { type Key, keyBytes } from "./key.ts";
import { type ListOptions, readQuery } from "./options.ts";
import type { As } from "./value.ts";

type Page = z.infer<typeof ListAnswer>;

/** One page of the keys that begin with `prefix`, in order. */
export async function listPage(
  caller: Caller,
  prefix: Key,
  cursor: string | undefined,
  options: ListOptions,
): Promise<Page> {
  const limit = options.pageSize === undefined ? undefined : `${options.pageSize}`;
  const range = cursor === undefined ? { prefix } : { cursor };
  const query = { ...readQuery(options, caller.session.revision), ...range, limit };
  const response = await caller.read({ ...options, method: "GET", path: "/kv", query });
  return (await response.json()) as Page;
}

/** Every entry of the list whose first page is `page`. */
export async function* listRest<T>(
  caller: Caller,
  prefix: Key,
  page: Page,
  options: ListOptions & { readonly as?: As<T> | undefined },
): AsyncGenerator<Entry<T>, void, undefined> {
  for (let now = page; ; now = await listPage(caller, prefix, now.cursor, options)) {
    for (const json of now.keys) yield entryFrom(json as KeyValueJson, options.as);
    if (now.cursor === undefined) return;
  }
}

/** All that a selector names now: the revision it is read at, and the entries, which are fetched as they are read. */
export async function listFrom<T>(
  caller: Caller,
  selector: { readonly key: Key } | { readonly prefix: Key },
  as: As<T> | undefined,
  signal?: AbortSignal,
): Promise<{ readonly revision: number; readonly entries: AsyncIterable<Entry<T>> }> {
  const prefix = "key" in selector ? selector.key : selector.prefix;
  const options = { signal, as };
  const page = await listPage(caller, prefix, undefined, options);
  const all = listRest(caller, prefix, page, options);
  return { revision: page.revision, entries: "key" in selector ? only(all, selector.key) : all };
}

/** A key is the first of all that begin with it, and the only one of its length. */
async function* only<T>(entries: AsyncIterable<Entry<T>>, key: Key): AsyncGenerator<Entry<T>, void, undefined> {
  for await (const entry of entries) {
    if (entry.keyBytes.length === keyBytes(key).length) yield entry;
    return;
  }
}
