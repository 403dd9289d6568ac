import { base64Decode } from "../../../api/base64.ts";
import { utf8Encode } from "../../../api/bytes.ts";

/** Where base64 stops to make sense, as Go counts it. */
export class GoBase64Error extends Error {
  override readonly name = "GoBase64Error";

  constructor(at: number) {
    super(`illegal base64 data at input byte ${at}`);
  }
}

/**
 * Bytes from base64 as Go's `base64.StdEncoding` reads it: padded, line ends anywhere. Beyond that the URL-safe
 * alphabet is taken too.
 */
export function goBase64Decode(text: string): Uint8Array {
  return base64Decode(text) ?? decodeOther(text.replaceAll("-", "+").replaceAll("_", "/"));
}

function decodeOther(standard: string): Uint8Array {
  return base64Decode(standard.replaceAll(/[\r\n]/g, "")) ?? goBase64DecodeSlowly(utf8Encode(standard));
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS: ReadonlyMap<number, number> = new Map(
  Array.from(ALPHABET, (char, index) => [char.charCodeAt(0), index]),
);
const PAD = 0x3d;

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** Group by group, so that an error is found where Go finds it (`decodeQuantum` in encoding/base64). */
export function goBase64DecodeSlowly(source: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  let at = 0;
  for (;;) {
    const group: number[] = [];
    while (group.length < 4) {
      const byte = source[at];
      if (byte === undefined) {
        if (group.length === 0) return Uint8Array.from(bytes);
        throw new GoBase64Error(at - group.length);
      }
      at++;
      const sextet = SEXTETS.get(byte);
      if (sextet !== undefined) group.push(sextet);
      else if (byte === PAD) return Uint8Array.from([...bytes, ...padded(source, at, group)]);
      else if (!isLineEnd(byte)) throw new GoBase64Error(at - 1);
    }
    bytes.push(...octets(group));
  }
}

/** The last group, whose first padding character stands before `at`. */
function padded(source: Uint8Array, at: number, group: readonly number[]): readonly number[] {
  if (group.length < 2) throw new GoBase64Error(at - 1);
  let next = at;
  const skip = (): void => {
    while (isLineEnd(source[next])) next++;
  };
  if (group.length === 2) {
    skip();
    if (next === source.length) throw new GoBase64Error(source.length);
    if (source[next] !== PAD) throw new GoBase64Error(next - 1);
    next++;
  }
  skip();
  if (next < source.length) throw new GoBase64Error(next);
  return octets([...group, 0, 0].slice(0, 4)).slice(0, group.length - 1);
}

function octets(group: readonly number[]): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = group;
  const bits = (a << 18) | (b << 12) | (c << 6) | d;
  return [bits >> 16, (bits >> 8) & 0xff, bits & 0xff];
}
