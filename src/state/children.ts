import { keyAfter, keyStartsWith, prefixRange } from "../api/key-range.ts";
import type { KeyValue } from "../api/key-value.ts";
import { PAGE_BYTES_MAX } from "../api/limits.ts";
import { KEY_OVERHEAD_BYTES } from "./limits.ts";
import type { ChildrenQuery, QueryResult } from "./queries.ts";
import { rangeRead, type View } from "./range.ts";
import type { Sql } from "./sql.ts";

/**
 * The direct children of a prefix, as folders list them: keys without the delimiter after the prefix, and in place of
 * all keys with it what they begin with. Each child is one seek, however many keys are below it.
 */
export function childrenOf(sql: Sql, view: View, query: ChildrenQuery): QueryResult {
  const { prefix, delimiter, limit, revision = 0, keysOnly = false } = query;
  const { key: first, end } = prefixRange(prefix);
  const kvs: KeyValue[] = [];
  const prefixes: Uint8Array[] = [];
  let bytes = 0;
  let from = query.after === undefined ? first : afterChild(prefix, delimiter, query.after);
  let last: Uint8Array | undefined;
  for (;;) {
    const found = rangeRead(sql, view, {
      kind: "range",
      key: from,
      end,
      limit: 1,
      revision,
      keysOnly,
      uncounted: true,
    });
    if (found.kind === "refused") return found;
    const [kv] = found.kvs;
    if (kv === undefined) break;
    if (kvs.length + prefixes.length >= limit || bytes > PAGE_BYTES_MAX) {
      return {
        kind: "children",
        revision: view.revision,
        kvs,
        prefixes,
        ...(last === undefined ? {} : { more: last }),
      };
    }
    last = commonPrefix(prefix, delimiter, kv.key) ?? kv.key;
    if (last === kv.key) kvs.push(kv);
    else prefixes.push(last);
    bytes += last.length + (last === kv.key ? kv.value.length : 0) + KEY_OVERHEAD_BYTES;
    from = afterChild(prefix, delimiter, last);
    if (!keyStartsWith(from, prefix)) break;
  }
  return { kind: "children", revision: view.revision, kvs, prefixes };
}

/** Where the next child can begin. */
function afterChild(prefix: Uint8Array, delimiter: number, child: Uint8Array): Uint8Array {
  const common = commonPrefix(prefix, delimiter, child);
  return common === undefined ? keyAfter(child) : prefixRange(common).end;
}

/** What `key` and its siblings below it begin with; undefined when nothing is below it. */
function commonPrefix(prefix: Uint8Array, delimiter: number, key: Uint8Array): Uint8Array | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + 1);
}
