/** Limits of what clients send, each with its unit: of the data model first, then of the HTTP interface. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const KEY_BYTES_MAX = KIB;
/** Of a lock or an election: a slash and a lease's id in hexadecimal follow it in the keys of those who wait. */
export const QUEUE_NAME_BYTES_MAX = KEY_BYTES_MAX - 17;
export const VALUE_BYTES_MAX = MIB;
export const CONTENT_TYPE_BYTES_MAX = 256;
/** etcd's `--max-txn-ops`: comparisons, then-list and else-list each, nested transactions included. */
export const TXN_OPS_MAX = 128;
/** etcd's `--max-request-bytes`. */
export const REQUEST_BYTES_MAX = 1.5 * MIB;
export const REQUEST_ID_BYTES_MAX = 256;

/** etcd's shortest, with its default election timeout: a shorter request is granted this. */
export const LEASE_TTL_SECONDS_MIN = 2;
/** etcd's longest. */
export const LEASE_TTL_SECONDS_MAX = 9_000_000_000;

/** Keys in one page of a list, when the caller names no limit, and at most. */
export const PAGE_KEYS_DEFAULT = 100;
export const PAGE_KEYS_MAX = 1000;

/** Bytes of keys and values in one page: a page that would have more ends earlier, after one key at least. */
export const PAGE_BYTES_MAX = 4 * MIB;
/** Leases, or a lease's keys, in one page. */
export const PAGE_LEASES_MAX = 1_000;

/** A body has to be here within so long, and no part of it may let wait for longer than this. */
export const BODY_MS_MAX = 60_000;
export const BODY_IDLE_MS_MAX = 10_000;

/** Characters of a namespace's name. */
export const NAMESPACE_CHARS_MAX = 64;
/** Characters of an `Idempotency-Key`. */
export const REQUEST_ID_CHARS_MAX = 128;
/** Revisions that one `If-Match` may list. */
export const ETAGS_MAX = 32;
/** Bytes of a JSON body that configures something. */
export const CONFIG_BYTES_MAX = 64 * 1024;
/** Bytes of a transaction as JSON: what it asks for, at most 1.5 MiB of keys and values, takes more than that to write. */
export const TXN_BODY_BYTES_MAX = 4 * 1024 * 1024;
/** Transactions in one another. MessagePack, in which they and their results are kept, takes about 48. */
export const TXN_DEPTH_MAX = 32;
/** How deep arrays and objects of a body may be nested: a transaction in another takes three levels. */
export const JSON_DEPTH_MAX = 4 * TXN_DEPTH_MAX;

/** Watches on one socket; long keys allow fewer, because the socket's memory of them is small. */
export const WATCHES_PER_SOCKET_MAX = 64;
/** Bytes of a message that a watcher sends. */
export const WATCH_CONTROL_CHARS_MAX = 8 * 1024;
/** Bytes sent on a watch's socket that were not acknowledged; beyond that it gets nothing more. */
export const WATCH_WINDOW_BYTES = 4 * 1024 * 1024;
/** A watcher that has to acknowledge something, and does not for so long, is dropped. */
export const WATCH_STALL_MS_MAX = 30_000;
