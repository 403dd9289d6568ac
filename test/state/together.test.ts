import { expect, test } from "vitest";
import type { Applied, AppliedEntry } from "../../src/state/apply.ts";
import type { Command } from "../../src/state/command.ts";
import { TOGETHER_CHANGES_MAX } from "../../src/state/limits.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { Sql, SqlRow, SqlValue } from "../../src/state/sql.ts";
import { Random } from "../random.ts";
import { bytes, ops } from "./drive.ts";
import { dump } from "./dump.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

const SEEDS = 12;
const ENTRIES = 150;
/** Request tables turn over within a group, and ids expire in it. */
const OPTIONS = { exactlyOnceSlots: 3 };
/** Ids that JSON would write otherwise, among those that it would not. */
const ID_ENDS = ["", "", "", '"', "\\", " ", "\u00e9", "\n", "\ud83d\ude00", "'"];

/** Withdrawn while it runs: the delete takes the key whose value the put then wants. */
const WITHDRAWN = {
  kind: "txn",
  compare: [],
  success: [ops.del("a", "z"), { ...ops.put("zz", ""), ignoreValue: true } as const],
  failure: [],
} as const;

function randomLog(random: Random): readonly AppliedEntry[] {
  const source = new RandomOps(random);
  const all: Command[] = [];
  return Array.from({ length: ENTRIES }, (_, index) => ({
    id: `entry-${index + 1}`,
    commands: Array.from({ length: random.below(5) }, (): Command => {
      if (all.length > 0 && random.oneIn(4)) return random.pick(random.oneIn(2) ? all : all.slice(-8));
      const op = random.oneIn(40) ? WITHDRAWN : source.op(2 * index);
      const command = { id: `r${all.length}${random.pick(ID_ENDS)}`, birth: index + 1, op };
      all.push(command);
      return command;
    }),
  }));
}

/** Dies at the statement numbered `left`. */
class Mortal implements Sql {
  readonly #sql: Sql;
  left = Number.POSITIVE_INFINITY;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  exec<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    if (this.left-- === 0) throw new Error("died");
    return this.#sql.exec<Row>(query, ...bindings);
  }

  transaction<T>(body: () => T): T {
    return this.#sql.transaction(body);
  }
}

/** Applies all of a log to one machine, in groups, with previews and deaths between. Of what it died in, no answers. */
function disturbed(random: Random, log: readonly AppliedEntry[], sql: Sql): ReadonlyMap<number, Applied> {
  const mortal = new Mortal(sql);
  const machine = new StateMachine(mortal, OPTIONS);
  const answers = new Map<number, Applied>();
  while (machine.appliedUpTo < log.length) {
    const first = machine.appliedUpTo + 1;
    const group = log.slice(first - 1, first + random.below(9));
    if (random.oneIn(3)) machine.preview(first, { id: "other", commands: random.pick(log).commands });
    mortal.left = random.oneIn(2) ? random.below(25) : Number.POSITIVE_INFINITY;
    try {
      machine.applyAll(first, group).forEach((applied, index) => answers.set(first + index, applied));
    } catch (error) {
      expect(error).toMatchObject({ message: "died" });
    }
    mortal.left = Number.POSITIVE_INFINITY;
    if (random.oneIn(5)) machine.compactStep(3);
  }
  while (machine.compactStep());
  return answers;
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  "entries applied together are as if applied one by one by a machine that remembers nothing, seed %i",
  (seed) => {
    const log = randomLog(new Random(seed));
    const sql = { one: nodeSql(), together: nodeSql() };
    const expected = log.map((entry, index) => new StateMachine(sql.one, OPTIONS).apply(index + 1, entry));
    while (new StateMachine(sql.one, OPTIONS).compactStep());
    const answers = disturbed(new Random(seed + 1_000), log, sql.together);
    expect(answers.size).toBeGreaterThan(ENTRIES / 2);
    for (const [slot, applied] of answers) expect({ slot, applied }).toEqual({ slot, applied: expected[slot - 1] });
    expect(dump(sql.together)).toEqual(dump(sql.one));
    const refused = expected.flatMap(({ results }) => results).filter(({ kind }) => kind === "refused");
    expect(refused).toContainEqual(expect.objectContaining({ why: "key-not-found" }));
  },
);

test("entries that do too much together are applied one by one", () => {
  const machine = new StateMachine(nodeSql());
  const keys = Array.from({ length: TOGETHER_CHANGES_MAX / 2 + 1 }, (_, index) => `k${index}`);
  const entry = (id: string, all: Command["op"][]): AppliedEntry => ({
    id,
    commands: all.map((op, index) => ({ id: `${id}-${index}`, birth: 1, op })),
  });
  const fill = entry(
    "fill",
    keys.map((key) => ops.put(key, "1")),
  );
  const [first, second] = machine.applyAll(1, [fill, entry("clear", [ops.del("k", "l")])]);
  expect(first?.events.length).toBe(keys.length);
  expect(second?.results).toMatchObject([{ kind: "delete", deleted: keys.length }]);
  expect(machine.appliedUpTo).toBe(2);
  expect(machine.query({ kind: "range", key: bytes("\0"), end: bytes("\0") })).toMatchObject({ count: 0 });
});
