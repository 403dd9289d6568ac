import { base64Decode } from "../../api/base64.ts";
import { byteString, byteStringBytes, utf8Decode, utf8Encode } from "../../api/bytes.ts";
import { percentDecode, percentEncode } from "../../api/percent.ts";
import { hrefOf } from "../shell/place.ts";

/**
 * A key as this page works with it: a byte string (`src/api/bytes.ts`), because keys need not be text. Byte strings are
 * in order as keys are.
 */
export type Key = string;

interface KeyJson {
  readonly key: string;
  readonly key_encoding?: string | undefined;
}

export function keyOf({ key, key_encoding: encoding }: KeyJson): Key {
  return encoding === "base64" ? byteString(base64Decode(key) ?? new Uint8Array()) : keyOfText(key);
}

export function keyOfText(text: string): Key {
  return byteString(utf8Encode(text));
}

/** As it stands in the path of a request. */
export function keyPath(key: Key): string {
  return percentEncode(byteStringBytes(key));
}

/** As people read it: text, or its bytes as hex digits where it is none. */
export function keyText(key: Key): string {
  const text = utf8Decode(byteStringBytes(key));
  if (text === undefined) return `0x${hexOf(key)}`;
  return text.replace(/\p{Cc}/gu, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

/** What has to be typed to confirm that this key is meant. */
export function keyTyped(key: Key): string {
  return keyText(key);
}

function hexOf(key: Key): string {
  return [...byteStringBytes(key)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** As it stands in the path of a place: slashes as they are, unless a part between them would be resolved away. */
export function keyRest(key: Key): string {
  const path = keyPath(key);
  const isWhole = key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  return isWhole ? path.replaceAll("%2F", "/") : path;
}

/** The key of a place's path; undefined when it names none. */
export function keyOfRest(rest: string): Key | undefined {
  return rest === "" ? undefined : percentDecode(rest);
}

export function keyHref(key: Key, revision?: number): string {
  return hrefOf("keys", keyRest(key), revision === undefined ? {} : { revision: `${revision}` });
}
