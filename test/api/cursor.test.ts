import { expect, test } from "vitest";
import { base64urlEncode } from "../../src/api/base64.ts";
import { utf8Encode } from "../../src/api/bytes.ts";
import { type Cursor, cursorDecode, cursorEncode } from "../../src/api/cursor.ts";

const CURSOR: Cursor = { revision: 12, prefix: Uint8Array.of(0xff, 0), after: Uint8Array.of(0xff, 0, 1) };

test("a cursor is safe in a URL and comes back as it was", () => {
  const text = cursorEncode(CURSOR);
  expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(cursorDecode(text)).toEqual(CURSOR);
});

const made = (value: unknown): string => base64urlEncode(utf8Encode(JSON.stringify(value)));

test.each([
  ["", "nothing"],
  ["!!", "not base64url"],
  [base64urlEncode(Uint8Array.of(0xff)), "not UTF-8"],
  [base64urlEncode(utf8Encode("[1,")), "not JSON"],
  [made([2, 12, "", ""]), "another version"],
  [made([1, 0, "", ""]), "no such revision"],
  [made([1, 1.5, "", ""]), "half a revision"],
  [made([1, 12, "=", ""]), "bytes that are none"],
  [made([1, 12, "", "", ""]), "too much"],
  [made({ revision: 12 }), "another shape"],
])("refuses %s: %s", (text) => {
  expect(cursorDecode(text)).toBeUndefined();
});
