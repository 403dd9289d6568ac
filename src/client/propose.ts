import type { Caller } from "./caller.ts";
import { type Key, keyPath } from "./key.ts";
import { type ReadOptions, readQuery, type WriteOptions } from "./options.ts";
import { type Receipt, receiptFrom } from "./receipt.ts";
import { type As, type ValueOf, valueDecode, valueEncode } from "./value.ts";

/** The value that was chosen for ever. */
export interface Chosen<T = unknown> extends Receipt {
  readonly value: T;
  readonly contentType: string | undefined;
  /** The slot of the log in which it was chosen. */
  readonly slot: number;
}

export interface Proposed<T = unknown> extends Chosen<T> {
  /** Whether it is the value of this very request. */
  readonly won: boolean;
}

export interface ProposeOptions<A> extends WriteOptions {
  readonly as?: A;
  readonly contentType?: string | undefined;
}

/** Write-once consensus: the first value proposed for a key is chosen for ever, and everybody is told it. */
export class Proposals {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async propose<T = unknown, A extends As<T> | undefined = undefined>(
    key: Key,
    value: unknown,
    options: ProposeOptions<A> = {},
  ): Promise<Proposed<ValueOf<T, A>>> {
    const { bytes, contentType } = valueEncode(value, options.contentType);
    const response = await this.#caller.write({
      ...options,
      method: "POST",
      path: `/propose/${keyPath(key)}`,
      headers: { "content-type": contentType ?? "application/octet-stream" },
      body: bytes,
    });
    return { ...(await chosenFrom<T, A>(response, options.as)), won: response.headers.get("synod-won") === "true" };
  }

  /** The chosen value, or null while there is none. */
  async get<T = unknown, A extends As<T> | undefined = undefined>(
    key: Key,
    options: Omit<ReadOptions, "revision"> & { readonly as?: A } = {},
  ): Promise<Chosen<ValueOf<T, A>> | null> {
    const query = readQuery(options, this.#caller.session.revision);
    const path = `/propose/${keyPath(key)}`;
    const response = await this.#caller.read({ ...options, method: "GET", path, query, accept: [404] });
    return response.status === 404 ? null : chosenFrom<T, A>(response, options.as);
  }
}

async function chosenFrom<T, A extends As<T> | undefined>(
  response: Response,
  as: A | undefined,
): Promise<Chosen<ValueOf<T, A>>> {
  const contentType = response.headers.get("content-type") ?? undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    value: (await valueDecode(bytes, contentType, as)) as ValueOf<T, A>,
    contentType,
    slot: Number(response.headers.get("synod-slot") ?? 0),
    ...receiptFrom(response.headers),
  };
}
