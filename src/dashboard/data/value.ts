import { base64Decode } from "../../api/base64.ts";
import { utf8Decode, utf8Encode } from "../../api/bytes.ts";

/** A value: its bytes, and the text that they are, where they are one that an editor gives back unchanged. */
export interface Value {
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
}

export function valueOf(json: { readonly value: string; readonly value_encoding?: string | undefined }): Value {
  return json.value_encoding === "base64"
    ? valueOfBytes(base64Decode(json.value) ?? new Uint8Array())
    : valueOfText(json.value);
}

export function valueOfBytes(bytes: Uint8Array): Value {
  const text = utf8Decode(bytes);
  return { bytes, text: text !== undefined && isEditable(text) ? text : undefined };
}

export function valueOfText(text: string): Value {
  return { bytes: utf8Encode(text), text: isEditable(text) ? text : undefined };
}

/** A field of text would change line ends, and hide what it can not show. */
function isEditable(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[\0-\x08\x0b-\x1f\x7f]/.test(text);
}

export function valueEqual(left: Value, right: Value): boolean {
  return left.bytes.length === right.bytes.length && left.bytes.every((byte, at) => byte === right.bytes[at]);
}

const HEX_ROW_BYTES = 16;

/** Bytes as rows of hex digits: offset, bytes, what of them is ASCII. At most `rowsMax` rows. */
export function hexRows(bytes: Uint8Array, rowsMax: number): readonly string[] {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length && rows.length < rowsMax; at += HEX_ROW_BYTES) {
    const row = bytes.subarray(at, at + HEX_ROW_BYTES);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    rows.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(HEX_ROW_BYTES * 3 - 1)}  ${ascii}`);
  }
  return rows;
}

/** Bytes as hex digits, sixteen to a line, as the editor of bytes takes them. */
export function hexText(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_ROW_BYTES) {
    const row = bytes.subarray(at, at + HEX_ROW_BYTES);
    lines.push([...row].map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
  }
  return lines.join("\n");
}

/** The inverse of `hexText`, white space anywhere; undefined when it is none. */
export function hexParse(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  return new Uint8Array((digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}
