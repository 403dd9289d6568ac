import type { KeyValue } from "../../src/api/key-value.ts";

/** A version of a key, as the decided log makes it. `value` undefined: deleted. */
export interface Version {
  readonly revision: number;
  readonly value: string | undefined;
  readonly created: number;
  readonly version: number;
  readonly lease: string;
  readonly labels: Labels;
}

/** Who wrote a version, and when, as its command says. */
export type Labels = Pick<KeyValue, "actor" | "time">;

export interface ModelEvent extends Version {
  readonly key: string;
}

/** Keys as the wire names them: no end is the one key, a single zero byte is no end at all. */
export interface Span {
  readonly key: Uint8Array;
  readonly end?: Uint8Array | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Simulated keys are ASCII, so that strings have the order of their bytes. */
export function spanHas({ key, end }: Span, name: string): boolean {
  const from = textOf(key);
  if (end === undefined || end.length === 0) return name === from;
  const to = textOf(end);
  return name >= from && (to === "\0" || name < to);
}

/** Every version of every key there ever was: nothing is compacted here. */
export class ModelStore {
  readonly events: ModelEvent[] = [];
  readonly #keys = new Map<string, Version[]>();

  /** The version of a key that a store at `revision` shows. */
  versionAt(key: string, revision: number): Version | undefined {
    const versions = this.#keys.get(key) ?? [];
    for (let index = versions.length - 1; index >= 0; index--) {
      const version = versions[index];
      if (version !== undefined && version.revision <= revision) {
        return version.value === undefined ? undefined : version;
      }
    }
    return undefined;
  }

  /** The keys of `span` that exist at `revision`, in order. */
  keysAt(span: Span, revision: number): readonly string[] {
    const inside = [...this.#keys.keys()].filter((key) => spanHas(span, key)).sort();
    return inside.filter((key) => this.versionAt(key, revision) !== undefined);
  }

  kvAt(key: string, revision: number): KeyValue | undefined {
    const found = this.versionAt(key, revision);
    if (found === undefined) return undefined;
    const { value = "", created, version, lease, labels } = found;
    return {
      key: encoder.encode(key),
      value: encoder.encode(value),
      createRevision: created,
      modRevision: found.revision,
      version,
      lease,
      ...labels,
    };
  }

  kvsAt(span: Span, revision: number): readonly KeyValue[] {
    return this.keysAt(span, revision).flatMap((key) => this.kvAt(key, revision) ?? []);
  }

  append(key: string, version: Version): void {
    const versions = this.#keys.get(key);
    if (versions === undefined) this.#keys.set(key, [version]);
    else versions.push(version);
    this.events.push({ key, ...version });
  }
}
