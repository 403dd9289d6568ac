import { z } from "zod";
import { base64Decode } from "./base64.ts";
import { utf8Encode } from "./bytes.ts";
import { type BytesFault, keyFault, prefixFault, valueFault } from "./key.ts";
import { prefixRange } from "./key-range.ts";
import { ProblemError } from "./problem.ts";

/** Keys, ranges of keys and values as they stand in JSON bodies, and the bytes that they mean. */

const Encoding = z.enum(["utf-8", "base64"]).optional();

export const KeyFields = {
  key: z.string().meta({ description: "The key, as text unless key_encoding says otherwise" }),
  key_encoding: Encoding.meta({ description: "base64: key, end and prefix are in base64; utf-8 when absent" }),
};
export const ValueFields = {
  value: z.string().meta({ description: "The value, as text unless value_encoding says otherwise" }),
  value_encoding: Encoding.meta({ description: "base64: the value is in base64; utf-8 when absent" }),
};
export const RangeFields = {
  key: z.string().optional().meta({ description: "The one key, or with `end` the first" }),
  end: z.string().optional().meta({ description: 'The first key that is not meant any more; "\\u0000": none is' }),
  prefix: z.string().optional().meta({ description: "All keys that begin with it; empty: all there are" }),
  key_encoding: KeyFields.key_encoding,
};

type Encoding = z.infer<typeof Encoding>;
export interface RangeFieldsJson {
  readonly key?: string | undefined;
  readonly end?: string | undefined;
  readonly prefix?: string | undefined;
  readonly key_encoding?: Encoding;
}

/** `at` is where in the body it stands, as problems name it: `success.2.put`. */
export function keyBytes(text: string, encoding: Encoding, at: string): Uint8Array {
  const bytes = bytesOf(text, encoding, at);
  return passed(bytes, keyFault(bytes), at);
}

export function valueBytes(text: string, encoding: Encoding, at: string): Uint8Array {
  const bytes = bytesOf(text, encoding, at);
  return passed(bytes, valueFault(bytes), at);
}

/** One key, an interval, or what begins with a prefix. */
export function rangeBytes(json: RangeFieldsJson, at: string): { readonly key: Uint8Array; readonly end?: Uint8Array } {
  const { key, end, prefix, key_encoding: encoding } = json;
  if (prefix !== undefined && key === undefined && end === undefined) {
    const place = `${at}.prefix`;
    const bytes = bytesOf(prefix, encoding, place);
    return prefixRange(passed(bytes, prefixFault(bytes), place));
  }
  if (key === undefined || prefix !== undefined) throw faulty(at, "give key, or key and end, or prefix");
  const first = keyBytes(key, encoding, `${at}.key`);
  return end === undefined ? { key: first } : { key: first, end: keyBytes(end, encoding, `${at}.end`) };
}

function bytesOf(text: string, encoding: Encoding, at: string): Uint8Array {
  const bytes = encoding === "base64" ? base64Decode(text) : utf8Encode(text);
  if (bytes === undefined) throw faulty(at, "not base64");
  return bytes;
}

function passed(bytes: Uint8Array, fault: BytesFault | undefined, at: string): Uint8Array {
  if (fault === undefined) return bytes;
  throw new ProblemError(fault.code, `body ${at}: ${fault.message}`, { parameter: at });
}

/** What is wrong with the part of a body that `at` names. */
export function faulty(at: string, message: string): ProblemError {
  return new ProblemError("invalid-request", `body ${at}: ${message}`, { parameter: at });
}

export function excessive(at: string, message: string): ProblemError {
  return new ProblemError("too-large", `body ${at}: ${message}`, { parameter: at });
}
