import type { z } from "zod";
import { base64Encode } from "../api/base64.ts";
import { utf8Decode } from "../api/bytes.ts";
import type { KeyValueJson } from "../api/readable.ts";
import type { CompareJson, OperationJson, OperationResultJson, TxnAnswer } from "../api/txn-json.ts";
import { type Caller, jsonCall } from "./caller.ts";
import { type Entry, entryFrom } from "./entry.ts";
import { SynodError } from "./error.ts";
import { type Key, keyFields, rangeFields, type Selector } from "./key.ts";
import type { WriteOptions } from "./options.ts";
import { type Receipt, receiptFrom } from "./receipt.ts";
import { type As, type ValueOf, valueEncode } from "./value.ts";

/** One comparison of a transaction; make it with `when`. */
export type Comparison = CompareJson;

type Relation = "=" | "!=" | "<" | ">";

/** What must hold of a key, or of every key of a range. */
export function when(selector: Selector | Key) {
  const range = rangeFields(isSelector(selector) ? selector : { key: selector });
  return {
    /** The key exists. */
    exists: (): Comparison => ({ ...range, version: 0, op: ">" }),
    absent: (): Comparison => ({ ...range, version: 0 }),
    revision: (op: Relation, revision: number): Comparison => ({ ...range, mod_revision: revision, op }),
    createRevision: (op: Relation, revision: number): Comparison => ({ ...range, create_revision: revision, op }),
    version: (op: Relation, version: number): Comparison => ({ ...range, version, op }),
    lease: (op: Relation, lease: string): Comparison => ({ ...range, lease, op }),
    value: (op: Relation, value: unknown): Comparison => ({ ...range, ...valueFields(value), op }),
  };
}

/** One operation, and what its result is. The type of the result goes with it into the transaction's. */
export interface Operation<Result> {
  readonly json: OperationJson;
  readonly read: (json: OperationResultJson) => Promise<Result>;
}

type Results<Operations extends readonly Operation<unknown>[]> = {
  readonly [Index in keyof Operations]: Operations[Index] extends Operation<infer Result> ? Result : never;
};

export interface PutInTxn {
  readonly lease?: string | undefined;
  readonly contentType?: string | undefined;
}

/** Makes an operation that puts a key. */
export function put(key: Key, value: unknown, options: PutInTxn = {}): Operation<{ readonly version: number }> {
  const { bytes, contentType } = valueEncode(value, options.contentType);
  const type = contentType === undefined ? {} : { content_type: contentType };
  const lease = options.lease === undefined ? {} : { lease: options.lease };
  return {
    json: { put: { ...keyFields(key), ...bytesFields(bytes), ...type, ...lease } },
    read: async ({ put: done }) => ({ version: expected(done).version }),
  };
}

/** Makes an operation that deletes what a selector names. */
export function remove(selector: Selector | Key): Operation<{ readonly deleted: number }> {
  return {
    json: { delete: rangeFields(isSelector(selector) ? selector : { key: selector }) },
    read: async ({ delete: done }) => ({ deleted: expected(done).deleted }),
  };
}

/** Makes an operation that reads one key. */
export function get<T = unknown, A extends As<T> | undefined = undefined>(
  key: Key,
  options: { readonly as?: A } = {},
): Operation<Entry<ValueOf<T, A>> | null> {
  return {
    json: { range: keyFields(key) },
    async read({ range }) {
      const [found] = expected(range).keys;
      return found === undefined ? null : entryFrom(found as KeyValueJson, options.as as As<ValueOf<T, A>> | undefined);
    },
  };
}

/** Makes an operation that reads what a selector names. */
export function range<T = unknown, A extends As<T> | undefined = undefined>(
  selector: Selector,
  options: { readonly as?: A; readonly limit?: number } = {},
): Operation<readonly Entry<ValueOf<T, A>>[]> {
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  const as = options.as as As<ValueOf<T, A>> | undefined;
  return {
    json: { range: { ...rangeFields(selector), ...limit } },
    read: ({ range: found }) => Promise.all(expected(found).keys.map((json) => entryFrom(json as KeyValueJson, as))),
  };
}

/** A transaction: if every comparison of `if` holds, the operations of `do`, else those of `else`. */
export interface TxnRequest<Then extends readonly Operation<unknown>[], Else extends readonly Operation<unknown>[]>
  extends WriteOptions {
  readonly if?: readonly Comparison[];
  readonly do?: Then;
  readonly else?: Else;
}

export type TxnResult<
  Then extends readonly Operation<unknown>[],
  Else extends readonly Operation<unknown>[],
> = Receipt &
  (
    | { readonly succeeded: true; readonly results: Results<Then> }
    | { readonly succeeded: false; readonly results: Results<Else> }
  );

/** All of it happens at one moment and as one revision, or nothing does. */
export async function transact<
  const Then extends readonly Operation<unknown>[] = [],
  const Else extends readonly Operation<unknown>[] = [],
>(caller: Caller, request: TxnRequest<Then, Else>): Promise<TxnResult<Then, Else>> {
  const success = request.do ?? [];
  const failure = request.else ?? [];
  const body = {
    compare: request.if ?? [],
    success: success.map(({ json }) => json),
    failure: failure.map(({ json }) => json),
  };
  const { requestId, deadlineMs, signal } = request;
  const response = await caller.write({ requestId, deadlineMs, signal, ...jsonCall("POST", "/txn", body) });
  const { succeeded, results } = (await response.json()) as z.infer<typeof TxnAnswer>;
  if (succeeded === undefined || results === undefined) {
    throw new SynodError("outcome-unknown", "it took effect once, but what it came to is not kept any more", {
      outcome: "unknown",
      requestId,
    });
  }
  const ran = succeeded ? success : failure;
  const read = await Promise.all(ran.map((operation, index) => operation.read(results[index] ?? {})));
  return { ...receiptFrom(response.headers), succeeded, results: read } as unknown as TxnResult<Then, Else>;
}

function isSelector(of: Selector | Key): of is Selector {
  return typeof of === "object" && !(of instanceof Uint8Array);
}

function expected<T>(result: T | undefined): T {
  if (result === undefined) throw new SynodError("invalid-answer", "a result is not of the operation's kind");
  return result;
}

function valueFields(value: unknown) {
  return bytesFields(valueEncode(value).bytes);
}

function bytesFields(bytes: Uint8Array): { readonly value: string; readonly value_encoding?: "base64" } {
  const text = utf8Decode(bytes);
  return text === undefined ? { value: base64Encode(bytes), value_encoding: "base64" } : { value: text };
}
