import type { SnapshotStore } from "./store.ts";

/** What is needed of a Workers KV binding. */
export interface KvBinding {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
}

const PREFIX = "synod/";

/** Snapshots in Workers KV, near every isolate that starts. */
export function kvSnapshots(binding: KvBinding): SnapshotStore {
  return {
    load: (name) => binding.get(PREFIX + name),
    save: (name, text) => binding.put(PREFIX + name, text),
  };
}
