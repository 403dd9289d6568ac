import { prefixRange, RANGE_END_OPEN } from "../api/key-range.ts";
import type { LeaseId } from "../api/key-value.ts";
import type { Verb } from "../api/verb.ts";
import type { WatchQuery } from "../api/watch-query.ts";
import type { Compare, Op, TxnPart } from "../state/command.ts";
import type { Query } from "../state/queries.ts";
import { isSystemKey } from "../state/system-space.ts";

/** A right that a request needs, over a key, over [key, end) as in a range, or over the keys of a lease. */
export type Need =
  | { readonly verb: Verb; readonly key: Uint8Array; readonly end?: Uint8Array }
  | { readonly verb: Verb; readonly lease: LeaseId };

/** The same right over all keys. */
export function needOverAll(verb: Verb): Need {
  return { verb, key: Uint8Array.of(0), end: RANGE_END_OPEN };
}

/** A right that holds or not, whatever the keys. */
export function needAnywhere(verb: Verb): Need {
  return { verb, key: new Uint8Array(0) };
}

/** What an operation needs: etcd's rules, both branches of a transaction included. */
export function needsOfOp(op: Op): readonly Need[] {
  switch (op.kind) {
    case "put":
    case "delete":
    case "txn":
      return needsOfPart(op);
    case "propose":
      return [over("propose", op.key)];
    case "lease-grant":
    case "lease-keep-alive":
      return [needAnywhere("lease")];
    case "lease-revoke":
      return [needAnywhere("lease"), { verb: "delete", lease: op.lease }];
    case "compact":
    case "lease-expire":
    case "quota":
    case "raise":
    case "restore":
      return [needOverAll("admin")];
  }
}

function needsOfPart(part: TxnPart): readonly Need[] {
  switch (part.kind) {
    case "put":
      return [
        over("write", part.key),
        ...(readsBefore(part) ? [over("read", part.key)] : []),
        // What a lease is tied to goes with it: nobody ties a key to a lease that they could not end.
        ...(part.lease === undefined || part.lease === "0" ? [] : [{ verb: "write", lease: part.lease } as const]),
      ];
    case "delete":
      return [over("delete", part.key, part.end), ...(part.prevKv === true ? [over("read", part.key, part.end)] : [])];
    case "range":
      return [over("read", part.key, part.end)];
    case "txn":
      return [
        ...part.compare.map(({ key, end }: Compare) => over("read", key, end)),
        ...[...part.success, ...part.failure].flatMap(needsOfPart),
      ];
  }
}

/** Whether a put tells, or keeps, what stood there before. */
function readsBefore({ prevKv, ignoreValue }: Extract<TxnPart, { kind: "put" }>): boolean {
  return prevKv === true || ignoreValue === true;
}

/** What a read needs. */
export function needsOfQuery(query: Query): readonly Need[] {
  switch (query.kind) {
    case "range":
      return [over("read", query.key, query.end)];
    case "proposal":
    case "history":
      return [over("read", query.key)];
    case "children": {
      const { key, end } = prefixRange(query.prefix);
      return [over("read", key, end)];
    }
    case "lease":
      return [
        needAnywhere("lease"),
        ...(query.keys === undefined ? [] : [{ verb: "read", lease: query.lease } as const]),
      ];
    case "leases":
      return [needAnywhere("lease")];
    case "usage":
      return [needOverAll("read")];
    case "audit":
      return [needOverAll("admin")];
  }
}

export function needsOfWatch({ key, end }: Pick<WatchQuery, "key" | "end">): readonly Need[] {
  return [over("watch", key, end)];
}

/** Documents are an administrator's, unless whoever asks for them says which right they need. */
function over(verb: Verb, key: Uint8Array, end?: Uint8Array): Need {
  if (isSystemKey(key)) return needOverAll("admin");
  return { verb, key, ...(end === undefined ? {} : { end }) };
}
