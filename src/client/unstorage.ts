import type { Driver } from "unstorage";
import { createSynod, type Place, type Synod, type SynodOptions } from "./synod.ts";
import { put } from "./txn.ts";

export type SynodDriverOptions = Place &
  SynodOptions & {
    /** Everything is kept below this: `base` and a slash come before every key. */
    readonly base?: string | undefined;
  };

interface ItemOptions {
  /** Seconds. */
  readonly ttl?: number;
}

const ITEMS_MAX = 128;

/** A driver of unstorage. Its `:` is a `/` here, so that a part of a key is a part of a path. */
export function synodDriver(options: SynodDriverOptions): Driver {
  const { base, ...rest } = options;
  const synod: Synod = createSynod(options, rest);
  const root = base === undefined || base === "" ? "" : `${pathOf(base)}/`;
  const keyOf = (key: string) => root + pathOf(key);
  const nameOf = (key: string) => key.slice(root.length).replaceAll("/", ":");
  return {
    name: "synod",
    options,
    hasItem: async (key) => (await synod.kv.get(keyOf(key), { as: "bytes" })) !== null,
    getItem: async (key) => (await synod.kv.get(keyOf(key), { as: "text" }))?.value ?? null,
    getItemRaw: async (key) => (await synod.kv.get(keyOf(key), { as: "bytes" }))?.value ?? null,
    setItem: async (key, value, { ttl }: ItemOptions) => void (await synod.kv.put(keyOf(key), value, { ttl })),
    setItemRaw: async (key, value: Uint8Array | ArrayBuffer | string, { ttl }: ItemOptions) =>
      void (await synod.kv.put(keyOf(key), value, { ttl })),
    /** All at one revision. */
    async setItems(items) {
      if (items.length > ITEMS_MAX) throw new RangeError(`at most ${ITEMS_MAX} items are set at once`);
      await synod.txn({ do: items.map(({ key, value }) => put(keyOf(key), value)) });
    },
    removeItem: async (key) => void (await synod.kv.delete(keyOf(key))),
    getMeta: (key) => metaOf(synod, keyOf(key)),
    async getKeys(prefix = "") {
      const keys: string[] = [];
      for await (const { key } of synod.kv.list(keyOf(prefix), { as: "bytes" })) keys.push(nameOf(key));
      return keys;
    },
    async clear(prefix = "") {
      await synod.kv.deletePrefix(keyOf(prefix));
    },
    dispose: () => synod[Symbol.asyncDispose](),
    watch(callback) {
      const watch = synod.watch({ prefix: root }, { as: "bytes" });
      const follow = async () => {
        for await (const batch of watch) {
          if (batch.kind !== "events") continue;
          for (const { type, key } of batch.events) callback(type === "put" ? "update" : "remove", nameOf(key));
        }
      };
      // A watch ends when it is closed, and for nothing that passes.
      follow().catch(() => watch.close());
      return () => watch.close();
    },
  };
}

async function metaOf(synod: Synod, key: string) {
  const entry = await synod.kv.get(key, { as: "bytes" });
  if (entry === null) return null;
  const held = entry.lease === undefined ? null : await synod.leases.get(entry.lease);
  const ttl = held?.remaining === undefined ? {} : { ttl: held.remaining };
  const { revision, version, time, value } = entry;
  return { size: value.byteLength, revision, version, ...(time === undefined ? {} : { mtime: time }), ...ttl };
}

function pathOf(key: string): string {
  return key.replaceAll(":", "/");
}
