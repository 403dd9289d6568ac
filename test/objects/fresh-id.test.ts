import { expect, test } from "vitest";
import { freshId } from "../../src/objects/fresh-id.ts";

test("each id is 128 bits in hexadecimal, and another one", () => {
  const ids = Array.from({ length: 1_000 }, freshId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(ids.length);
});
