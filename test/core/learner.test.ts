import { expect, test } from "vitest";
import { ChosenBuffer } from "../../src/core/learner.ts";

const entry = (id: string, bytes: number) => ({ id, body: new Uint8Array(bytes) });

test("a buffer full of bytes gives up its highest slots for a lower one, however large that is", () => {
  const buffer = new ChosenBuffer(100, 10);
  expect([3, 4, 5].map((slot) => buffer.add(slot, entry(`${slot}`, 3)))).toEqual([true, true, true]);
  expect(buffer.add(6, entry("6", 3))).toBe(false);
  expect(buffer.add(2, entry("2", 4))).toBe(true);
  expect([3, 4, 5].map((slot) => buffer.get(slot)?.id)).toEqual(["3", "4", undefined]);
  expect(buffer.add(1, entry("1", 50))).toBe(true);
  expect(buffer.highest).toBe(1);
  expect(buffer.take(0)?.id).toBe("1");
  expect(buffer.add(2, entry("2", 10))).toBe(true);
});
