import { utf8Decode } from "../api/bytes.ts";
import { FlagSet, type FlagSetFault, type FlagSetSource } from "./flag-set.ts";

/** Sets that are kept, and the characters of all their texts: compiled, they take about ten times that. */
const SETS_MAX = 64;
const CHARS_MAX = 4 * 1024 * 1024;

/** A flag set whose text is decoded only when it is not known yet. */
export interface FlagSetBytes extends Omit<FlagSetSource, "text"> {
  readonly namespace: string;
  readonly value: Uint8Array;
}

interface Kept {
  readonly compiled: FlagSet | FlagSetFault;
  readonly chars: number;
}

/** Compiled flag sets by namespace, name, version and exposure: the ones used last, as far as there is room. */
export class FlagSetCache {
  readonly #kept = new Map<string, Kept>();
  readonly #setsMax: number;
  readonly #charsMax: number;
  #chars = 0;
  /** What was asked for last, which is what is asked for next where one set is evaluated. */
  #last: { readonly source: FlagSetBytes; readonly compiled: FlagSet | FlagSetFault } | undefined;

  constructor({
    setsMax = SETS_MAX,
    charsMax = CHARS_MAX,
  }: { readonly setsMax?: number; readonly charsMax?: number } = {}) {
    this.#setsMax = setsMax;
    this.#charsMax = charsMax;
  }

  get size(): number {
    return this.#kept.size;
  }

  get(source: FlagSetBytes): FlagSet | FlagSetFault {
    const last = this.#last;
    if (last !== undefined && isSame(last.source, source)) return last.compiled;
    const compiled = this.#find(source);
    this.#last = { source: { ...source, value: NOTHING }, compiled };
    return compiled;
  }

  #find(source: FlagSetBytes): FlagSet | FlagSetFault {
    const id = idOf(source);
    const known = this.#kept.get(id);
    if (known !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, known);
      return known.compiled;
    }
    const { value, ...rest } = source;
    const text = utf8Decode(value);
    const compiled =
      text === undefined ? ({ kind: "fault", detail: "it is not UTF-8" } as const) : FlagSet.compile({ ...rest, text });
    this.#keep(id, { compiled, chars: value.byteLength });
    return compiled;
  }

  #keep(id: string, kept: Kept): void {
    this.#kept.set(id, kept);
    this.#chars += kept.chars;
    for (const [oldest, { chars }] of this.#kept) {
      if (oldest === id || (this.#kept.size <= this.#setsMax && this.#chars <= this.#charsMax)) return;
      this.#kept.delete(oldest);
      this.#chars -= chars;
    }
  }
}

const NOTHING = new Uint8Array();

function isSame(one: FlagSetBytes, other: FlagSetBytes): boolean {
  return (
    one.version === other.version &&
    one.name === other.name &&
    one.namespace === other.namespace &&
    one.exposure?.releaseId === other.exposure?.releaseId &&
    one.exposure?.exposed === other.exposure?.exposed
  );
}

/** No part but the last may hold a space. */
function idOf({ namespace, name, version, exposure }: FlagSetBytes): string {
  return `${namespace} ${name} ${version} ${exposure?.exposed === true ? "+" : "-"}${exposure?.releaseId ?? ""}`;
}
