import { expect, test } from "vitest";
import { byteString, byteStringBytes, utf8Encode } from "../../src/api/bytes.ts";
import { percentDecode, percentEncode, queryParse } from "../../src/api/percent.ts";
import { ProblemError } from "../../src/api/problem.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test("every byte survives the way into a URL and back", () => {
  const decoded = percentDecode(percentEncode(ALL_BYTES));
  expect(byteStringBytes(decoded ?? "")).toEqual(ALL_BYTES);
});

test.each([
  ["a%2Fb", "a/b"],
  ["a/b", "a/b"],
  ["a%20b", "a b"],
  ["a+b", "a+b"],
  ["%00%ff%FF", "\0\xff\xff"],
  ["100%25", "100%"],
])("%s is the byte string %j", (text, expected) => {
  expect(percentDecode(text)).toBe(expected);
});

test("encoded and plain UTF-8 are the same bytes", () => {
  expect(percentDecode("%C3%A9")).toBe(percentDecode("é"));
  expect(percentDecode("é")).toBe(byteString(utf8Encode("é")));
});

test.each(["%", "%4", "%zz", "a%g0"])("%s is refused", (text) => {
  expect(percentDecode(text)).toBeUndefined();
});

test("a query is form-encoded, byte for byte", () => {
  expect(queryParse("prefix=a+b%2B%FF&limit=5&&flag")).toEqual({ prefix: "a b+\xff", limit: "5", flag: "" });
  expect(queryParse("")).toEqual({});
  expect(queryParse("key=a=b")).toEqual({ key: "a=b" });
});

test.each(["__proto__=1", "a=1&a=2", "a=%zz", "%=1"])("the query %s is a problem", (query) => {
  expect(() => queryParse(query)).toThrow(ProblemError);
});
