import { utf8Decode, utf8Encode } from "../../api/bytes.ts";
import { systemKey, systemPath, systemRange } from "../../state/system-space.ts";
import type { Coordinator } from "./coordinator.ts";

/** The namespace that holds the directory of all others. */
export const DIRECTORY_NAMESPACE = "synod";

const PATH = "namespaces/";
/** A name that was not there is asked for again after so long. */
const ABSENT_MS = 5_000;
const NAMES_MAX = 10_000;
const PAGE_NAMES = 1_000;

/** The namespace `synod`, as the system itself sees it. */
export type DirectoryNamespace = Pick<Coordinator, "read" | "write">;

export interface Listed {
  readonly name: string;
  /** When it was created, in milliseconds since 1970, and by whom. */
  readonly time: number | undefined;
  readonly by: string | undefined;
}

/**
 * Which namespaces there are: a document for each, in the namespace `synod`. A request of somebody who is not root is
 * looked up here before anything of its namespace is asked, so that names that anybody may make up become no objects.
 */
export class Directory {
  readonly #now: () => number;
  readonly #known = new Set<string>([DIRECTORY_NAMESPACE]);
  readonly #absentAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether there is such a namespace, as far as can be told; one cached look-up for a name that never was. */
  async has(name: string, synod: DirectoryNamespace): Promise<boolean> {
    if (this.#known.has(name)) return true;
    if (this.#now() - (this.#absentAt.get(name) ?? Number.NEGATIVE_INFINITY) < ABSENT_MS) return false;
    const query = { kind: "range", key: systemKey(`${PATH}${name}`), keysOnly: true } as const;
    const outcome = await synod.read({ query, consistency: "linearizable" });
    const isThere = outcome.kind === "answer" && outcome.result.kind === "range" && outcome.result.count > 0;
    if (isThere) this.#remember(name);
    else bounded(this.#absentAt).set(name, this.#now());
    return isThere;
  }

  /** Enters a namespace that is used for the first time. Harmless to repeat. @returns whether it is entered. */
  async enter(name: string, by: string, synod: DirectoryNamespace): Promise<boolean> {
    if (this.#known.has(name)) return true;
    const op = {
      kind: "put",
      key: systemKey(`${PATH}${name}`),
      value: utf8Encode(JSON.stringify({ created_by: by })),
      contentType: "application/json",
      condition: { kind: "absent" },
    } as const;
    const outcome = await synod.write({ op });
    const isEntered =
      outcome.kind === "applied" && (outcome.result.kind !== "refused" || outcome.result.why === "condition-failed");
    if (isEntered) this.#remember(name);
    return isEntered;
  }

  /** At most a thousand, in order of their names: those after `after`. Undefined when they cannot be read. */
  async list(
    synod: DirectoryNamespace,
    after = "",
  ): Promise<{ readonly names: readonly Listed[]; readonly more: boolean } | undefined> {
    const { end } = systemRange(PATH);
    const key = systemKey(after === "" ? PATH : `${PATH}${after}\0`);
    const query = { kind: "range", key, end, limit: PAGE_NAMES, uncounted: true } as const;
    const outcome = await synod.read({ query, consistency: "linearizable" });
    if (outcome.kind !== "answer" || outcome.result.kind !== "range") return undefined;
    const names = outcome.result.kvs.map((kv) => ({
      name: systemPath(kv.key).slice(PATH.length),
      time: kv.time,
      by: createdBy(kv.value),
    }));
    return { names, more: outcome.result.more };
  }

  #remember(name: string): void {
    this.#absentAt.delete(name);
    if (this.#known.size >= NAMES_MAX) this.#known.clear();
    this.#known.add(name);
  }
}

function createdBy(value: Uint8Array): string | undefined {
  const { created_by: by } = JSON.parse(utf8Decode(value) ?? "{}") as { readonly created_by?: string };
  return by;
}

function bounded<K, V>(map: Map<K, V>): Map<K, V> {
  if (map.size >= NAMES_MAX) map.clear();
  return map;
}
