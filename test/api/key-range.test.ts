import { expect, test } from "vitest";
import { keyAfter, keyStartsWith, prefixRange } from "../../src/api/key-range.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test.each([
  ["ab", [0x61, 0x62], [0x61, 0x63]],
  ["a, then the highest byte", [0x61, 0xff], [0x62]],
  ["only highest bytes: everything from there on", [0xff, 0xff], [0]],
])("the interval of the prefix %s", (_, prefix, end) => {
  expect(prefixRange(bytes(...prefix))).toEqual({ key: bytes(...prefix), end: bytes(...end) });
});

test("the empty prefix is every key there can be", () => {
  expect(prefixRange(bytes())).toEqual({ key: bytes(0), end: bytes(0) });
});

test("the key after a key is the key and a zero byte", () => {
  expect(keyAfter(bytes(1, 2))).toEqual(bytes(1, 2, 0));
});

test("prefixes", () => {
  expect(keyStartsWith(bytes(1, 2), bytes())).toBe(true);
  expect(keyStartsWith(bytes(1, 2), bytes(1, 2))).toBe(true);
  expect(keyStartsWith(bytes(1, 2), bytes(1, 2, 3))).toBe(false);
  expect(keyStartsWith(bytes(1, 2), bytes(2))).toBe(false);
});
