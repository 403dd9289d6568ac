import type { SnapshotStore } from "./store.ts";

const PREFIX = "synod:";

/** Snapshots in a browser's storage: `localStorage`, or `sessionStorage` for as long as the tab lives. */
export function webSnapshots(storage: Pick<Storage, "getItem" | "setItem"> = localStorage): SnapshotStore {
  return {
    load: async (name) => storage.getItem(PREFIX + name),
    save: async (name, text) => storage.setItem(PREFIX + name, text),
  };
}
