/**
 * The short form of `npm run attack`, on one server: it lives, others are served, and the attacker has a clear answer.
 * What starts servers of its own is left to the long form, and to `npm run e2e`.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Arena } from "../attack/arena.ts";
import type { ServedAttack } from "../attack/attack.ts";
import { ATTACKS } from "../attack/attacks.ts";
import { attackIn } from "../attack/run.ts";

const served = ATTACKS.filter((attack): attack is ServedAttack => attack.kind === "served");

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.open();
});
afterAll(() => arena.close());

test.each(served.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
  const { answer, faults } = await attackIn(arena, attack, "short");
  expect(faults, answer).toEqual([]);
});
