import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SnapshotStore } from "./store.ts";

/** Snapshots as files of `folder`, each replaced as a whole. For Node. */
export function fileSnapshots(folder: string): SnapshotStore {
  const pathOf = (name: string) => join(folder, `${encodeURIComponent(name).replaceAll(".", "%2E")}.json`);
  return {
    async load(name) {
      try {
        return await readFile(pathOf(name), "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    async save(name, text) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = pathOf(name);
      const fresh = `${path}.${crypto.randomUUID()}`;
      await writeFile(fresh, text, { mode: 0o600 });
      await rename(fresh, path);
    },
  };
}
