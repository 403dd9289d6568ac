import fc from "fast-check";
import { expect, test } from "vitest";
import { linesDiff, linesMerge } from "../../src/dashboard/parts/diff.ts";

const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 }).map((lines) => lines.join("\n"));

test("a difference gives both texts back", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = linesDiff(before, after);
      const of = (kind: "old" | "new") => lines.filter((line) => line.kind === "same" || line.kind === kind);
      expect(
        of("old")
          .map((line) => line.text)
          .join("\n"),
      ).toBe(before);
      expect(
        of("new")
          .map((line) => line.text)
          .join("\n"),
      ).toBe(after);
    }),
  );
});

test("texts that are equal differ in nothing", () => {
  fc.assert(
    fc.property(text, (same) => {
      expect(linesDiff(same, same).filter(({ kind }) => kind !== "same")).toEqual([]);
    }),
  );
});

test.each([
  ["different lines", "a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"],
  ["the same change twice", "a\nb", "a\nB", "a\nB", "a\nB"],
  ["one side only", "a\nb", "a\nb", "a\nB", "a\nB"],
  ["a line more on one side, one less on the other", "a\nb\nc\nd", "0\na\nb\nc\nd", "a\nb\nc", "0\na\nb\nc"],
])("a merge takes %s", (_, base, mine, theirs, merged) => {
  expect(linesMerge(base, mine, theirs)).toBe(merged);
  expect(linesMerge(base, theirs, mine)).toBe(merged);
});

test.each([
  ["the same line", "a\nb\nc", "a\nx\nc", "a\ny\nc"],
  ["neighbouring lines", "a\nb\nc", "x\nb\nc", "a\ny\nc"],
  ["two lines at one place", "a\nb", "a\nx\nb", "a\ny\nb"],
])("no merge where both changed %s", (_, base, mine, theirs) => {
  expect(linesMerge(base, mine, theirs)).toBeUndefined();
});

test("a merge never loses what only one side changed", () => {
  fc.assert(
    fc.property(text, text, (base, mine) => {
      expect(linesMerge(base, mine, base)).toBe(mine);
      expect(linesMerge(base, base, mine)).toBe(mine);
    }),
  );
});
