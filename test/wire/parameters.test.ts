import { describe, expect, test } from "vitest";
import * as parameters from "../../src/wire/parameters.ts";

const accepts = (schema: keyof typeof parameters, text: string): boolean => parameters[schema].safeParse(text).success;

describe.each([
  ["Namespace", ["a", "0", "my-app.eu_1", "a".repeat(64)], ["", "-a", ".a", "A", "a/b", "é", "a".repeat(65), "a\n"]],
  ["Key", ["a", "\0", "a/b", "\xff".repeat(1024)], ["", "k".repeat(1025)]],
  ["Prefix", ["", "a/", "k".repeat(1024)], ["k".repeat(1025)]],
  ["Revision", ["1", "9007199254740991"], ["0", "01", "-1", "1.5", "1e3", "", " 1", "9007199254740992"]],
  ["MinRevision", ["0", "7"], ["-1", "x", "", "9007199254740992"]],
  ["Limit", ["1", "1000"], ["0", "1001", "-1", "ten", "1.5"]],
  ["Flag", ["true", "false"], ["", "1", "yes", "TRUE"]],
  ["Consistency", ["linearizable", "local"], ["", "eventual"]],
  ["RequestId", ["a", "a b~", "x".repeat(128)], ["", "x".repeat(129), "é", "a\tb", "\x7f"]],
  [
    "ContentType",
    ["text/plain", "text/html; charset=utf-8", 'multipart/form-data; boundary="a b"', "application/vnd.a+json"],
    ["", "text", "text/", "/plain", "text/plain\r\nx: y", "text/pl ain", `text/${"x".repeat(256)}`],
  ],
] as const)("%s", (schema, good, bad) => {
  test.each(good)("takes %j", (text) => expect(accepts(schema, text)).toBe(true));
  test.each(bad)("refuses %j", (text) => expect(accepts(schema, text)).toBe(false));
});
