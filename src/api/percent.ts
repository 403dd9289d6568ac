import { byteString, utf8Encode } from "./bytes.ts";
import { ProblemError } from "./problem.ts";

/** ASCII without a `%` stands for itself. */
const UNENCODED = /^[\0-$&-\x7f]*$/;

/**
 * Undoes percent-encoding byte for byte into a byte string; undefined when a `%` is not followed by two hex digits.
 * `decodeURIComponent` will not do: keys need not be UTF-8.
 */
export function percentDecode(text: string): string | undefined {
  if (UNENCODED.test(text)) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  return byteString(utf8Encode(text)).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** A key as it stands in a URL: everything but unreserved characters encoded, slashes too. */
export function percentEncode(bytes: Uint8Array): string {
  return byteString(bytes).replace(
    /[^A-Za-z0-9._~-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/**
 * The parameters of a URL's query (without its `?`) as byte strings, form-encoded: `+` is a space. A parameter that
 * is given twice is a problem, because which of the two was meant is anybody's guess.
 */
export function queryParse(query: string): Readonly<Record<string, string>> {
  const parameters = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const rawName = equals < 0 ? part : part.slice(0, equals);
    const name = percentDecode(rawName.replaceAll("+", " "));
    const value = percentDecode((equals < 0 ? "" : part.slice(equals + 1)).replaceAll("+", " "));
    if (name === undefined || value === undefined) throw fault(rawName, "a % must be followed by two hex digits");
    if (parameters.has(name)) throw fault(name, "given more than once");
    // As a member of an object, schemas do not see it.
    if (name === "__proto__") throw fault(name, "not known here");
    parameters.set(name, value);
  }
  return Object.fromEntries(parameters);
}

function fault(parameter: string, message: string): ProblemError {
  return new ProblemError("invalid-request", `query ${parameter}: ${message}`, { parameter });
}
