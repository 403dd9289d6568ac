import { describe, expect, test } from "vitest";
import * as parameters from "../../src/http/parameters.ts";

describe.each([
  [
    "Namespace",
    parameters.Namespace,
    ["a", "0", "my-app.eu_1", "a".repeat(64)],
    ["", "-a", ".a", "A", "a/b", "é", "a".repeat(65), "a\n"],
  ],
  ["Key", parameters.Key, ["a", "\0", "a/b", "\xff".repeat(1024)], ["", "k".repeat(1025)]],
  ["Prefix", parameters.Prefix, ["", "a/", "k".repeat(1024)], ["k".repeat(1025)]],
  [
    "Revision",
    parameters.Revision,
    ["1", "9007199254740991"],
    ["0", "01", "-1", "1.5", "1e3", "", " 1", "9007199254740992"],
  ],
  ["MinRevision", parameters.MinRevision, ["0", "7"], ["-1", "x", "", "9007199254740992"]],
  ["Limit", parameters.Limit, ["1", "1000"], ["0", "1001", "-1", "ten", "1.5"]],
  ["Flag", parameters.Flag, ["true", "false"], ["", "1", "yes", "TRUE"]],
  ["Consistency", parameters.Consistency, ["linearizable", "local"], ["", "eventual"]],
  ["RequestId", parameters.RequestId, ["a", "a b~", "x".repeat(128)], ["", "x".repeat(129), "é", "a\tb", "\x7f"]],
  [
    "ContentType",
    parameters.ContentType,
    ["text/plain", "text/html; charset=utf-8", 'multipart/form-data; boundary="a b"', "application/vnd.a+json"],
    ["", "text", "text/", "/plain", "text/plain\r\nx: y", "text/pl ain", `text/${"x".repeat(256)}`],
  ],
] as const)("%s", (_, schema, good, bad) => {
  test.each(good)("takes %j", (text) => expect(schema.safeParse(text).success).toBe(true));
  test.each(bad)("refuses %j", (text) => expect(schema.safeParse(text).success).toBe(false));
});
