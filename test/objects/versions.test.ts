import { expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import type { Compare, Op } from "../../src/state/command.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { Query } from "../../src/state/queries.ts";
import type { Sql, SqlRow, SqlValue } from "../../src/state/sql.ts";
import { Namespace } from "./namespace.ts";

/** More than any page, in both. */
const FEW = 12;
const MANY = 2_000;
const BATCH = 500;
const KEY = utf8Encode("key");
const END = utf8Encode("kez");
const VALUE = utf8Encode("value");

/** A Durable Object's SQL that counts the rows it reads, as they are billed. */
class CountingSql implements Sql {
  readonly #storage: DurableObjectStorage;
  rowsRead = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  exec<Row extends SqlRow = SqlRow>(query: string, ...bindings: SqlValue[]): Row[] {
    const cursor = this.#storage.sql.exec(query, ...bindings);
    const rows = cursor.toArray();
    this.rowsRead += cursor.rowsRead;
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        if (value instanceof ArrayBuffer) (row as SqlRow)[column] = new Uint8Array(value);
      }
    }
    return rows as Row[];
  }

  transaction<T>(body: () => T): T {
    return this.#storage.transactionSync(body);
  }
}

const put: Op = { kind: "put", key: KEY, value: VALUE };
const compare = (target: Compare["target"]): Op => ({
  kind: "txn",
  compare: [{ key: KEY, result: "not-equal", target }],
  success: [{ kind: "range", key: KEY }],
  failure: [{ kind: "range", key: KEY }],
});
const query = (one: Query) => (machine: StateMachine) => void machine.query(one);
const apply = (op: Op) => (machine: StateMachine, birth: number) => {
  const id = `measured-${birth}`;
  machine.apply(birth, { id, commands: [{ id, birth, op }] });
};

const OPERATIONS: Readonly<Record<string, (machine: StateMachine, slot: number) => void>> = {
  "point read": query({ kind: "range", key: KEY }),
  "point read at an old revision": query({ kind: "range", key: KEY, revision: 2 }),
  count: query({ kind: "range", key: KEY, countOnly: true }),
  list: query({ kind: "range", key: KEY, end: END, limit: 100 }),
  "list at an old revision": query({ kind: "range", key: KEY, end: END, revision: 2 }),
  "list, descending": query({ kind: "range", key: KEY, end: END, limit: 1, sortOrder: "descend" }),
  "history page": query({ kind: "history", key: KEY, limit: 1 }),
  "history page before an old revision": query({ kind: "history", key: KEY, limit: 1, before: 3 }),
  "watch page of the key": (machine) => void machine.events(2, 9_999, 1, 1e6, { key: KEY }),
  "watch page with values before": (machine) => void machine.events(2, 9_999, 1, 1e6, { key: KEY, prev: true }),
  "watch page of a prefix": (machine) => void machine.events(2, 9_999, 1, 1e6, { key: KEY, end: END }),
  "compare of a revision": apply(compare({ kind: "mod", value: 1 })),
  "compare of a value": apply(compare({ kind: "value", value: KEY })),
  "compare of a lease": apply(compare({ kind: "lease", value: "7" })),
  put: apply(put),
  "put with the value before": apply({ ...put, prevKv: true }),
  "delete of the key": apply({ kind: "delete", key: KEY }),
  "delete of a range": apply({ kind: "delete", key: KEY, end: END, prevKv: true }),
  compact: (machine, slot) => apply({ kind: "compact", revision: machine.revision - 1 })(machine, slot),
  // The last: what is compacted is not deleted yet.
  "history page down to the compacted revision": query({ kind: "history", key: KEY, limit: 10 }),
};

function fill(machine: StateMachine, versions: number): void {
  for (let left = versions; left > 0; left -= BATCH) {
    const birth = machine.appliedUpTo + 1;
    const commands = Array.from({ length: Math.min(BATCH, left) }, (_, at) => ({
      id: `${left}-${at}`,
      birth,
      op: put,
    }));
    machine.apply(birth, { id: `fill-${left}`, commands });
  }
}

type Rows = Readonly<Record<string, number>>;

/** Rows that each operation reads where the key has so many versions. */
function rowsRead(versions: number): Promise<Rows> {
  return new Namespace().inStorage("learner", "weur", (storage) => {
    const sql = new CountingSql(storage);
    fill(new StateMachine(sql), versions);
    const rows: Record<string, number> = {};
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      // A machine that remembers nothing has every head from SQL.
      const machine = new StateMachine(sql);
      sql.rowsRead = 0;
      operation(machine, machine.appliedUpTo + 1);
      rows[name] = sql.rowsRead;
      apply(put)(machine, machine.appliedUpTo + 1);
    }
    return rows;
  });
}

test("rows read do not grow with the versions of a key", async () => {
  const [few, many] = await Promise.all([rowsRead(FEW), rowsRead(MANY)]);
  expect(many).toEqual(few);
  for (const [name, rows] of Object.entries(many)) expect({ name, few: rows < 64 }).toEqual({ name, few: true });
});
