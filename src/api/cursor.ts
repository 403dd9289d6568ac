import { z } from "zod";
import { base64urlDecode, base64urlEncode } from "./base64.ts";
import { Base64urlField } from "./base64url-field.ts";
import { utf8Decode, utf8Encode } from "./bytes.ts";
import type { Revision } from "./key-value.ts";

/** Where the next page of a list begins, and at which revision all its pages are read. */
export interface Cursor {
  readonly revision: Revision;
  readonly prefix: Uint8Array;
  /** The last key of the page before. */
  readonly after: Uint8Array;
}

/** The leading number is the format's version. */
const Fields = z.tuple([z.literal(1), z.int().positive(), Base64urlField, Base64urlField]);

/** Opaque to clients, and safe in a URL. */
export function cursorEncode({ revision, prefix, after }: Cursor): string {
  const fields = [1, revision, base64urlEncode(prefix), base64urlEncode(after)];
  return base64urlEncode(utf8Encode(JSON.stringify(fields)));
}

/** undefined for anything that `cursorEncode` does not make. */
export function cursorDecode(text: string): Cursor | undefined {
  const json = base64urlDecode(text);
  const decoded = json === undefined ? undefined : utf8Decode(json);
  if (decoded === undefined) return undefined;
  try {
    const fields = Fields.safeParse(JSON.parse(decoded)).data;
    if (fields === undefined) return undefined;
    const [, revision, prefix, after] = fields;
    return { revision, prefix, after };
  } catch {
    return undefined;
  }
}
