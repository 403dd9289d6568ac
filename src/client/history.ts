import type { z } from "zod";
import type { HistoryAnswer } from "../api/txn-json.ts";
import type { Caller } from "./caller.ts";
import { type Entry, entryFrom, keyFrom, type NamedKey } from "./entry.ts";
import { type Key, keyPath } from "./key.ts";
import { type ListOptions, readQuery } from "./options.ts";
import type { As } from "./value.ts";

/** What a key was set to, or that it was deleted, at `revision`. */
export type Version<T = unknown> =
  | ({ readonly type: "put" } & Entry<T>)
  | ({ readonly type: "delete"; readonly revision: number } & NamedKey);

export interface HistoryOptions<T = unknown> extends Omit<ListOptions, "revision"> {
  readonly as?: As<T> | undefined;
  /** Only versions older than this revision. */
  readonly before?: number | undefined;
}

export async function* versions<T>(
  caller: Caller,
  key: Key,
  options: HistoryOptions<T>,
): AsyncGenerator<Version<T>, void, undefined> {
  let { before } = options;
  do {
    const limit = options.pageSize === undefined ? undefined : `${options.pageSize}`;
    const older = before === undefined ? undefined : `${before}`;
    const query = { ...readQuery(options, caller.session.revision), limit, before: older };
    const response = await caller.read({ ...options, method: "GET", path: `/history/${keyPath(key)}`, query });
    const page = (await response.json()) as z.infer<typeof HistoryAnswer>;
    for (const version of page.versions) {
      if (version.type === "put") yield { type: "put", ...(await entryFrom(version, options.as)) };
      else yield { type: "delete", ...keyFrom(version), revision: version.mod_revision };
    }
    before = page.before;
  } while (before !== undefined);
}
