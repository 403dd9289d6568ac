import { expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { durableSql } from "../../src/objects/durable-sql.ts";
import type { AppliedEntry } from "../../src/state/apply.ts";
import type { Command, Op } from "../../src/state/command.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { Namespace } from "./namespace.ts";

const HOME = "weur";
const OTHER = "enam";
/** Around every number of rows and keys that goes in one statement. */
const SIZES = [1, 2, 3, 4, 5, 13, 14, 15, 29, 63, 64, 65, 99, 101, 300];
const ALL = { kind: "range", key: Uint8Array.of(0), end: Uint8Array.of(0) } as const;

/** Puts of keys that are new, that are there and that are of this entry; a delete, a transaction, a repeat. */
function entryOf(size: number, index: number): AppliedEntry {
  const put = (name: string): Op => ({ kind: "put", key: utf8Encode(name), value: utf8Encode(`${index}`) });
  const end = utf8Encode("shared-2");
  const others: readonly Op[] = [
    { kind: "delete", key: utf8Encode("shared-1"), end },
    { kind: "txn", compare: [], success: [{ kind: "range", key: utf8Encode("shared"), end }], failure: [] },
  ];
  const ops = [
    ...Array.from({ length: size }, (_, at) => put(at % 2 ? `shared-${at % 50}` : `${size}-${at}`)),
    ...others,
  ];
  const commands = ops.map((op, at): Command => ({ id: `${size}-${at}`, birth: 1, op }));
  const repeat = commands[0];
  return { id: `entry-${index}`, commands: repeat ? [...commands, repeat] : commands };
}

test("a Durable Object's SQL takes entries of any size, and makes the same of them together and one by one", async () => {
  const ns = new Namespace();
  const entries = SIZES.map(entryOf);
  const together = await ns.inStorage("learner", HOME, (storage) => {
    const machine = new StateMachine(durableSql(storage));
    const applied = machine.applyAll(1, entries);
    return { applied, digest: machine.digest, all: machine.query(ALL) };
  });
  const single = await ns.inStorage("learner", OTHER, (storage) => {
    // A machine that remembers nothing has everything from SQL.
    const applied = entries.map((entry, index) => new StateMachine(durableSql(storage)).apply(index + 1, entry));
    const machine = new StateMachine(durableSql(storage));
    return { applied, digest: machine.digest, all: machine.query(ALL) };
  });
  expect(together).toEqual(single);
  expect(together.all).toMatchObject({ count: expect.any(Number), more: false });
  expect(together.applied.every(({ results }) => results.every(({ kind }) => kind !== "refused"))).toBe(true);
});

/** A transaction whose result, of which all is kept, is more than twice as long as itself. */
function wordy(at: number): Command {
  const nothing = { kind: "delete", key: utf8Encode("nothing") } as const;
  const part = { kind: "txn", compare: [], success: Array.from({ length: 128 }, () => nothing), failure: [] } as const;
  return { id: `wordy-${at}`, birth: 1, op: { kind: "txn", compare: [], success: [part, part], failure: [] } };
}

test("results that are too long for one statement together are kept all the same", async () => {
  const commands = Array.from({ length: 256 }, (_, at) => wordy(at));
  const kept = await new Namespace().inStorage("learner", HOME, (storage) => {
    const machine = new StateMachine(durableSql(storage));
    machine.apply(1, { id: "alone", commands });
    const others = [0, 1, 2].map((half) => commands.map((one) => ({ ...one, id: `${one.id}-${half}` })));
    machine.applyAll(
      2,
      others.map((some, index) => ({ id: `together-${index}`, commands: some })),
    );
    return [...commands, ...others.flat()].map(({ id }) => machine.result(id)?.kind);
  });
  expect(new Set(kept)).toEqual(new Set(["txn"]));
});
