import { signal } from "@preact/signals";
import { type Trouble, troubleOf } from "../../data/http.ts";
import { type Key, keyText } from "../../data/key-name.ts";
import { type Entry, type Expected, entryDelete, entryPut, entryRead, type Written } from "../../data/keys.ts";
import { hexParse, hexText, type Value, valueOfBytes, valueOfText } from "../../data/value.ts";
import { toast } from "../../parts/toast.tsx";

/** What somebody types, and from what it began. */
export interface Draft {
  /** The key as it was when the typing began; undefined: there was none. */
  readonly base: Entry | undefined;
  readonly format: "text" | "bytes";
  readonly text: string;
  readonly contentType: string;
  /** What the key became meanwhile, once a write was refused for it; `entry` undefined: it was deleted. */
  readonly conflict?: { readonly entry: Entry | undefined } | undefined;
}

/** Drafts outlive the page that they were typed on: leaving it, or a lost session, loses nothing. */
const drafts = new Map<string, Draft>();

/** A change of some key, as the watch told it last. */
export interface News {
  readonly key: Key;
  readonly revision: number;
  readonly isDeleted: boolean;
}

export type Known =
  | { readonly kind: "loading" }
  | { readonly kind: "absent" }
  | { readonly kind: "present"; readonly entry: Entry }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

/** One key: as it is, and as somebody edits it. */
export class KeyModel {
  readonly known = signal<Known>({ kind: "loading" });
  readonly draft = signal<Draft | undefined>(undefined);
  readonly trouble = signal<Trouble | undefined>(undefined);
  readonly isBusy = signal(false);
  readonly lastWrite = signal<Written | undefined>(undefined);
  readonly namespace: string;
  readonly key: Key;
  readonly #draftName: string;
  #reads = 0;

  constructor(namespace: string, key: Key) {
    this.namespace = namespace;
    this.key = key;
    this.#draftName = `${namespace} ${key}`;
    this.draft.value = drafts.get(this.#draftName);
  }

  async load(): Promise<void> {
    const read = ++this.#reads;
    let known: Known;
    try {
      const entry = await entryRead(this.namespace, this.key);
      known = entry === undefined ? { kind: "absent" } : { kind: "present", entry };
    } catch (error) {
      known = { kind: "trouble", trouble: troubleOf(error) };
    }
    // What is shown stays when it can not be read again; the connection's sign says that it is not live.
    const isOld = known.kind === "trouble" && this.known.value.kind === "present";
    if (read === this.#reads && !isOld) this.known.value = known;
  }

  /** The key changed, as a watch says. */
  changed(revision: number): void {
    const known = this.known.value;
    if (known.kind !== "present" || known.entry.modRevision < revision) void this.load();
  }

  edit(): void {
    const known = this.known.value;
    if (known.kind === "present") this.keep(draftOf(known.entry));
    else if (known.kind === "absent")
      this.keep({ base: undefined, format: "text", text: "", contentType: "text/plain" });
  }

  keep(draft: Draft | undefined): void {
    this.draft.value = draft;
    this.trouble.value = undefined;
    if (draft === undefined) drafts.delete(this.#draftName);
    else drafts.set(this.#draftName, draft);
  }

  /** Writes the draft over what it began from, or over what a conflict has shown. */
  async save(): Promise<void> {
    const draft = this.draft.value;
    const value = draft === undefined ? undefined : draftValue(draft);
    if (draft === undefined || value === undefined) return;
    const over = draft.conflict === undefined ? draft.base : draft.conflict.entry;
    const contentType = draft.contentType.trim() === "" ? undefined : draft.contentType.trim();
    const isSaved = await this.#write(
      () => entryPut(this.namespace, this.key, { value, contentType, lease: over?.lease }, expected(over)),
      async () => {
        const entry = await entryRead(this.namespace, this.key);
        this.keep({ ...draft, conflict: { entry } });
      },
    );
    if (isSaved) this.keep(undefined);
  }

  /** Writes what the key was at some revision, over what it is. */
  async restore(old: Entry): Promise<void> {
    const known = this.known.value;
    const current = known.kind === "present" ? known.entry : undefined;
    const { value, contentType } = old;
    const isDone = await this.#write(
      () => entryPut(this.namespace, this.key, { value, contentType, lease: current?.lease }, expected(current)),
      () => this.load(),
    );
    if (isDone) toast(`${keyText(this.key)} is as it was at revision ${old.modRevision}`, () => this.#undo(current));
  }

  /** Throws when it could not be done. */
  async delete(entry: Entry): Promise<void> {
    this.lastWrite.value = await entryDelete(this.namespace, this.key, entry.modRevision);
    await this.load();
    toast(`${keyText(this.key)} is deleted`, () => this.#undo(entry));
  }

  /** Puts back what was there, unless somebody wrote since. */
  async #undo(before: Entry | undefined): Promise<void> {
    const revision = this.lastWrite.value?.revision ?? 0;
    const known = this.known.value;
    if (before === undefined) {
      await this.#write(
        () => entryDelete(this.namespace, this.key, revision),
        () => this.load(),
      );
      return;
    }
    const over: Expected = known.kind === "present" ? revision : "absent";
    await this.#write(
      () => entryPut(this.namespace, this.key, before, over),
      () => this.load(),
    );
  }

  /** @returns whether it was written. `conflicted`: somebody else had written before. */
  async #write(write: () => Promise<Written>, conflicted: () => Promise<void>): Promise<boolean> {
    this.isBusy.value = true;
    this.trouble.value = undefined;
    try {
      this.lastWrite.value = await write();
      await this.load();
      return true;
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.code === "precondition-failed") await conflicted().catch(() => {});
      this.trouble.value = trouble;
      return false;
    } finally {
      this.isBusy.value = false;
    }
  }
}

function expected(over: Entry | undefined): Expected {
  return over?.modRevision ?? "absent";
}

export function draftOf(entry: Entry): Draft {
  const { text, bytes } = entry.value;
  const contentType = entry.contentType ?? "";
  return text === undefined
    ? { base: entry, format: "bytes", text: hexText(bytes), contentType }
    : { base: entry, format: "text", text, contentType };
}

/** Undefined while what is typed are no bytes. */
export function draftValue({ format, text }: Draft): Value | undefined {
  if (format === "text") return valueOfText(text);
  const bytes = hexParse(text);
  return bytes === undefined ? undefined : valueOfBytes(bytes);
}
