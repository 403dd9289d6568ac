import { signal } from "@preact/signals";
import { type Trouble, troubleOf } from "../../data/http.ts";
import type { Key } from "../../data/key-name.ts";
import { type ChildrenPage, childrenRead, type KeyMeta, keyMeta } from "../../data/keys.ts";
import { type ChangeEvent, subscribe } from "../../data/live.ts";
import { insertSorted, removeSorted } from "./sorted.ts";

/** A folder whose children were read, as far as `loadedTo`. */
interface Folder {
  readonly keys: Map<Key, KeyMeta>;
  /** Names of keys and folders in it, in order. */
  readonly names: Key[];
  cursor: string | undefined;
  /** The last name that was read; undefined when all were. */
  loadedTo: Key | undefined;
  isLoading: boolean;
  trouble: Trouble | undefined;
  /** What changed beyond `loadedTo`, to be applied when that is read: pages are read at an older revision. */
  readonly later: Map<Key, Change>;
}

type Change = { readonly revision: number } & (
  | { readonly kind: "key"; readonly meta: KeyMeta }
  | { readonly kind: "folder" }
  | { readonly kind: "gone" }
);

export type TreeRow =
  | { readonly kind: "folder"; readonly name: Key; readonly depth: number; readonly isOpen: boolean }
  | { readonly kind: "key"; readonly name: Key; readonly depth: number; readonly meta: KeyMeta }
  | { readonly kind: "loading"; readonly name: Key; readonly depth: number }
  | { readonly kind: "trouble"; readonly name: Key; readonly depth: number; readonly trouble: Trouble };

/** A folder that a deletion may have left empty is looked at again after so long. */
const RECHECK_MS = 400;

/** All keys of a namespace as a tree, read where it is opened and kept up to date by a watch. */
export class Tree {
  readonly rows = signal<readonly TreeRow[]>([]);
  /** Undefined until the root was read. */
  readonly root = signal<"loading" | "ready" | Trouble>("loading");
  readonly #namespace: string;
  readonly #folders = new Map<Key, Folder>();
  readonly #open = new Set<Key>([""]);
  readonly #suspects = new Set<Key>();
  #recheck: ReturnType<typeof setTimeout> | undefined;
  #isDrawing = false;
  #stop: () => void = () => {};

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  start(changed: (event: ChangeEvent, key: Key) => void): () => void {
    this.#stop = subscribe({
      prefix: "",
      restart: () => this.#restart(),
      events: (events) => {
        for (const event of events) changed(event, this.#apply(event));
        this.#draw();
      },
    });
    return () => {
      this.#stop();
      clearTimeout(this.#recheck);
    };
  }

  toggle(name: Key): void {
    if (this.#open.has(name)) this.#open.delete(name);
    else this.#reveal(name);
    this.#draw();
  }

  isOpen(name: Key): boolean {
    return this.#open.has(name);
  }

  /** Opens all folders that a key is in. */
  revealKey(key: Key): void {
    for (const folder of foldersOf(key)) this.#reveal(folder);
    this.#draw();
  }

  /** Reads on where a folder was read in part. */
  more(name: Key): void {
    const folder = this.#folders.get(name);
    if (folder !== undefined && folder.cursor !== undefined && !folder.isLoading) void this.#load(name, folder);
  }

  retry(name: Key): void {
    this.#folders.delete(name);
    this.#reveal(name);
    this.#draw();
  }

  #restart(): void {
    this.#folders.clear();
    this.root.value = "loading";
    for (const name of this.#open) this.#reveal(name);
  }

  #reveal(name: Key): void {
    this.#open.add(name);
    if (this.#folders.has(name)) return;
    const folder: Folder = {
      keys: new Map(),
      names: [],
      cursor: undefined,
      loadedTo: "",
      isLoading: false,
      trouble: undefined,
      later: new Map(),
    };
    this.#folders.set(name, folder);
    void this.#load(name, folder);
  }

  async #load(name: Key, folder: Folder): Promise<void> {
    folder.isLoading = true;
    folder.trouble = undefined;
    try {
      const page = await childrenRead(this.#namespace, name, folder.cursor);
      if (this.#folders.get(name) !== folder) return;
      this.#take(folder, page);
      if (name === "") this.root.value = "ready";
    } catch (error) {
      const trouble = troubleOf(error);
      // The pages' revision was compacted away: begin anew.
      if (trouble.code === "compacted" && this.#folders.get(name) === folder) return this.retry(name);
      folder.trouble = trouble;
      if (name === "") this.root.value = trouble;
    } finally {
      folder.isLoading = false;
      this.#draw();
    }
  }

  #take(folder: Folder, page: ChildrenPage): void {
    for (const meta of page.keys) folder.keys.set(meta.key, meta);
    const names = [...page.keys.map(({ key }) => key), ...page.prefixes].toSorted(compare);
    folder.names.push(...names);
    folder.cursor = page.cursor;
    folder.loadedTo = page.cursor === undefined ? undefined : names.at(-1);
    for (const [name, change] of folder.later) {
      if (!isLoaded(folder, name)) continue;
      folder.later.delete(name);
      put(folder, name, change);
    }
  }

  #apply(event: ChangeEvent): Key {
    const json = { ...event, create_revision: 0, version: 0 };
    const meta = keyMeta(event.type === "put" ? event : json);
    const { key, modRevision: revision } = meta;
    for (const name of foldersOf(key)) {
      const folder = this.#folders.get(name);
      if (folder === undefined) continue;
      const child = folderIn(name, key);
      if (child === undefined)
        change(folder, key, event.type === "put" ? { kind: "key", revision, meta } : { kind: "gone", revision });
      else if (event.type === "put") change(folder, child, { kind: "folder", revision });
      else this.#suspect(child);
    }
    return key;
  }

  #suspect(name: Key): void {
    this.#suspects.add(name);
    this.#recheck ??= setTimeout(() => void this.#lookAgain(), RECHECK_MS);
  }

  /** Drops folders that have nothing in them any more. */
  async #lookAgain(): Promise<void> {
    this.#recheck = undefined;
    const suspects = [...this.#suspects];
    this.#suspects.clear();
    for (const name of suspects) {
      const page = await childrenRead(this.#namespace, name).catch(() => undefined);
      if (page === undefined || page.keys.length + page.prefixes.length > 0) continue;
      this.#folders.delete(name);
      for (const parent of foldersOf(name.slice(0, -1))) {
        const folder = this.#folders.get(parent);
        if (folder !== undefined) removeSorted(folder.names, name);
      }
    }
    this.#draw();
  }

  /** Once a frame at most, however much changes. */
  #draw(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      const rows: TreeRow[] = [];
      this.#flatten("", 0, rows);
      this.rows.value = rows;
    });
  }

  #flatten(name: Key, depth: number, rows: TreeRow[]): void {
    const folder = this.#folders.get(name);
    if (folder === undefined) return;
    for (const child of folder.names) {
      const meta = folder.keys.get(child);
      if (meta !== undefined) rows.push({ kind: "key", name: child, depth, meta });
      else {
        const isOpen = this.#open.has(child);
        rows.push({ kind: "folder", name: child, depth, isOpen });
        if (isOpen) this.#flatten(child, depth + 1, rows);
      }
    }
    if (folder.trouble !== undefined) rows.push({ kind: "trouble", name, depth, trouble: folder.trouble });
    else if (folder.isLoading || folder.cursor !== undefined) rows.push({ kind: "loading", name, depth });
  }
}

/** At once, or when so much of the folder is read. */
function change(folder: Folder, name: Key, news: Change): void {
  if (isLoaded(folder, name)) put(folder, name, news);
  else folder.later.set(name, news);
}

function put(folder: Folder, name: Key, news: Change): void {
  // A list that was read later than this happened knows better.
  if ((folder.keys.get(name)?.modRevision ?? 0) > news.revision) return;
  if (news.kind === "key") folder.keys.set(name, news.meta);
  if (news.kind === "gone") {
    folder.keys.delete(name);
    removeSorted(folder.names, name);
  } else insertSorted(folder.names, name);
}

function isLoaded({ loadedTo }: Folder, name: Key): boolean {
  return loadedTo === undefined || name <= loadedTo;
}

function compare(left: Key, right: Key): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Every folder that a key is in, the root first: `""`, `a/`, `a/b/` of `a/b/c`. */
export function foldersOf(key: Key): readonly Key[] {
  const folders = [""];
  for (let at = key.indexOf("/"); at >= 0; at = key.indexOf("/", at + 1)) folders.push(key.slice(0, at + 1));
  return folders;
}

/** The folder in `folder` that a key is in; undefined when the key is in `folder` itself. */
function folderIn(folder: Key, key: Key): Key | undefined {
  const slash = key.indexOf("/", folder.length);
  return slash < 0 ? undefined : key.slice(0, slash + 1);
}
