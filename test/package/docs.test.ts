import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { referenceText } from "../../docs/reference.ts";

test("docs/client.md is what the docstrings say; npm run docs writes it", () => {
  expect(readFileSync(new URL("../../docs/client.md", import.meta.url), "utf8")).toBe(referenceText());
});
