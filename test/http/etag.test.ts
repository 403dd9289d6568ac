import { describe, expect, test } from "vitest";
import { conditionOf, etag, etagsParse } from "../../src/http/etag.ts";

describe("etagsParse", () => {
  test.each([
    ["*", "*"],
    [' "7" ', ['"7"']],
    ['"7", "12"', ['"7"', '"12"']],
    ['"7",,"12" ,', ['"7"', '"12"']],
    ['W/"7"', ['"7"']],
    ['"7-gzip", W/"a,b c"', ['"7-gzip"', '"a,b c"']],
    ['""', ['""']],
    [etag(9007199254740991), ['"9007199254740991"']],
  ] as const)("takes %s", (header, expected) => {
    expect(etagsParse(header)).toEqual(expected);
  });

  test.each(["", " ", ",", "7", "abc", '"7" "8"', '*, "7"', 'w/"7"', '"7', '7"', '"a""b"'])("refuses %j", (header) => {
    expect(etagsParse(header)).toBeUndefined();
  });

  test("refuses a list longer than anybody needs", () => {
    expect(etagsParse(Array.from({ length: 33 }, (_, index) => etag(index + 1)).join())).toBeUndefined();
  });
});

describe("conditionOf", () => {
  test("If-Match is a condition on the revision, or on being there", () => {
    expect(conditionOf(['"7"', '"8"'], undefined)).toEqual({ kind: "mod-revision", anyOf: [7, 8] });
    expect(conditionOf("*", undefined)).toEqual({ kind: "present" });
  });

  test("a tag that is none of ours names no revision, so that nothing meets the condition", () => {
    const foreign = ['"7-gzip"', '"0"', '"abc"', '"9007199254740993"', '"-1"', '""', '"07"', '" 7"'];
    expect(conditionOf(foreign, undefined)).toEqual({ kind: "mod-revision", anyOf: [] });
  });

  test("If-None-Match: * wants no key there", () => {
    expect(conditionOf(undefined, "*")).toEqual({ kind: "absent" });
  });

  test("neither is no condition", () => {
    expect(conditionOf(undefined, undefined)).toBeUndefined();
  });

  test("both, or revisions in If-None-Match, make no sense on a write", () => {
    expect(conditionOf("*", "*")).toMatchObject({ parameter: "if-none-match" });
    expect(conditionOf(undefined, ['"7"'])).toMatchObject({ parameter: "if-none-match" });
  });
});
