import { expect, test } from "vitest";
import { StateMachine } from "../../src/state/machine.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor } from "../../src/state/snapshot.ts";
import type { Sql } from "../../src/state/sql.ts";
import { versionDeletes, versionFirst, versionRevision } from "../../src/state/version.ts";
import { Random } from "../random.ts";
import { Drive } from "./drive.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

const SEEDS = 40;
const STEPS = 200;

type Place = { readonly key: string; readonly id: number };

function places(sql: Sql, table: "history" | "version"): readonly Place[] {
  return sql.exec<{ key: string; id: number }>(`SELECT hex(key) AS key, id FROM ${table} ORDER BY id`);
}

/** What has to be left of a whole history: see `compactSome`. */
function kept(all: readonly Place[], compact: number): readonly Place[] {
  const first = versionFirst(compact);
  const isKept = ({ key, id }: Place): boolean => {
    if (id >= first) return true;
    const isSuperseded = all.some((one) => one.key === key && one.id > id && versionRevision(one.id) <= compact);
    return !isSuperseded && !versionDeletes(id);
  };
  return all.filter(isKept);
}

/** A learner that had all of `from` in a snapshot. */
function copyOf(from: StateMachine): { readonly machine: StateMachine; readonly sql: Sql } {
  const sql = nodeSql();
  const machine = new StateMachine(sql);
  const head = from.snapshotHead();
  machine.installBegin(head);
  for (let at: SnapshotCursor | null = SNAPSHOT_FIRST; at !== null; ) {
    const page = from.snapshotPage(head, at);
    if (page.kind === "stale") throw new Error("stale");
    machine.installPage(page);
    at = page.next;
  }
  machine.installFinish();
  return { machine, sql };
}

/** Compactions that were ordered before the one under way was done. */
let overtaken = 0;

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  "compaction frees all it can, however it was interrupted, seed %i",
  (seed) => {
    const random = new Random(seed);
    const ops = new RandomOps(random);
    const whole = new Drive();
    const drive = new Drive();
    for (let step = 0; step < STEPS; step++) {
      const { revision } = drive.machine;
      const op = random.oneIn(8)
        ? ({ kind: "compact", revision: revision - random.below(3) } as const)
        : ops.op(revision);
      const [isBusy, before] = [drive.machine.isCompacting, drive.machine.compactRevision];
      whole.run(op);
      drive.run(op);
      if (isBusy && drive.machine.compactRevision > before) overtaken++;
      // Few rows at a time, so that a step ends within a revision too.
      if (random.oneIn(2)) drive.machine.compactStep(1 + random.below(3));
    }
    const copy = copyOf(drive.machine);
    while (drive.machine.compactStep(1 + random.below(5)));
    const expected = kept(places(whole.sql, "history"), drive.machine.compactRevision);
    expect(places(drive.sql, "history")).toEqual(expected);
    expect(places(drive.sql, "version")).toEqual(expected);

    while (copy.machine.compactStep());
    for (const table of ["history", "version"] as const) expect(places(copy.sql, table)).toEqual(expected);
  },
);

test("and compactions did overtake one another", () => {
  expect(overtaken).toBeGreaterThan(SEEDS);
});
