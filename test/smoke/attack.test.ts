/**
 * The short form of `npm run attack`, on one server: it lives, others are served, and the attacker has a clear answer.
 * What starts servers of its own is left to the long form, and to `npm run e2e`.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Arena } from "../attack/arena.ts";
import type { ServedAttack } from "../attack/attack.ts";
import { ATTACKS } from "../attack/attacks.ts";
import { attackIn } from "../attack/run.ts";

/** Known to succeed today, so that only `npm run attack` runs them, and says so. */
const UNDEFENDED: readonly string[] = ["A1"];

const defended = ATTACKS.filter((attack): attack is ServedAttack => attack.kind === "served").filter(
  ({ name }) => !UNDEFENDED.some((start) => name.startsWith(start)),
);

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.open();
});
afterAll(() => arena.close());

test.each(defended.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
  const { answer, faults } = await attackIn(arena, attack, "short");
  expect(faults, answer).toEqual([]);
});
