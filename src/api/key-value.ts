/** A revision of the store; the empty store is at revision 1, as etcd's is. */
export type Revision = number;

/** A lease id: a positive signed 64-bit integer in decimal. `"0"` means none. */
export type LeaseId = string;

/** A key as stored at some revision. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly contentType?: string;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly version: number;
  readonly lease: LeaseId;
  /** Who wrote it, such as `token:ci`; absent where that is not known. */
  readonly actor?: string;
  /** When the router took the write, in milliseconds since 1970 of its clock. A label: it orders nothing. */
  readonly time?: number;
}

/** A change of one key. All events of one revision belong together and are never split. */
export interface WatchEvent {
  readonly kind: "put" | "delete";
  /** The key after the change; for a delete only `key` and `modRevision` (the deleting revision) mean anything. */
  readonly kv: KeyValue;
  /** Only when asked for: the key just before this revision, if it existed and that is not compacted. */
  readonly prev?: KeyValue;
}
