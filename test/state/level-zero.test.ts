import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { AppliedEntry } from "../../src/state/apply.ts";
import type { Command } from "../../src/state/command.ts";
import { StateMachine } from "../../src/state/machine.ts";
import type { SqlRow } from "../../src/state/sql.ts";
import { Random } from "../random.ts";
import { ops } from "./drive.ts";
import { dump } from "./dump.ts";
import { nodeSql } from "./node-sql.ts";
import { RandomOps } from "./random-op.ts";

/*
 * What commands come to at level 0, pinned: the figures below were computed by the code of commit a729567, which had no
 * levels. They never change; a log that was written then comes to the same state for ever.
 */

const ENTRIES = 200;
/** Request tables turn over within the run, ids are forgotten, and commands expire. */
const OPTIONS = { exactlyOnceSlots: 12 };

/** Withdrawn while it runs: the delete takes the key whose value the put then wants. */
const WITHDRAWN = {
  kind: "txn",
  compare: [],
  success: [ops.del("a", "z"), { ...ops.put("zz", ""), ignoreValue: true } as const],
  failure: [],
} as const;

function logOf(random: Random): readonly AppliedEntry[] {
  const source = new RandomOps(random);
  const all: Command[] = [];
  return Array.from({ length: ENTRIES }, (_, index) => ({
    id: `entry-${index + 1}`,
    commands: Array.from({ length: random.below(5) }, (): Command => {
      if (all.length > 0 && random.oneIn(5)) return random.pick(random.oneIn(2) ? all : all.slice(-8));
      const conditional = {
        ...ops.put("a", "x"),
        condition: random.pick([{ kind: "absent" }, { kind: "present" }] as const),
      };
      const expire = {
        kind: "lease-expire",
        lease: random.pick(["1", "2"]),
        renewals: Math.max(1, index - random.below(9)),
      } as const;
      const op = random.oneIn(40)
        ? WITHDRAWN
        : random.oneIn(12)
          ? expire
          : random.oneIn(10)
            ? conditional
            : source.op(2 * index);
      const command = { id: `r${all.length}`, birth: index + 1, op };
      all.push(command);
      return command;
    }),
  }));
}

function sha256(value: unknown): string {
  const text = JSON.stringify(value, (_, part) =>
    part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part,
  );
  return createHash("sha256").update(text).digest("hex");
}

/** Commit a729567 had no columns for fingerprints and labels, and at level 0 none are kept. */
function withoutNewer({ print = null, actor = null, time = null, ...row }: SqlRow): SqlRow {
  expect({ print, actor, time }).toEqual({ print: null, actor: null, time: null });
  return row;
}

/** The columns that commit a729567 had. */
function stateOf(sql: ReturnType<typeof nodeSql>) {
  const { meta = [], ...all } = dump(sql);
  const tables = Object.fromEntries(Object.entries(all).map(([name, rows]) => [name, rows.map(withoutNewer)]));
  const { applied, revision, compact } = meta[0] ?? {};
  return { ...tables, meta: { applied, revision, compact } };
}

function runOf(seed: number) {
  const sql = nodeSql();
  const machine = new StateMachine(sql, OPTIONS);
  const answers = logOf(new Random(seed)).map((entry, index) => machine.apply(index + 1, entry, 1_000 * index));
  return { digest: machine.digest, answers: sha256(answers), state: sha256(stateOf(sql)) };
}

/** Seed: digest, answers and events, tables. */
const PINNED: Readonly<Record<number, readonly [digest: string, answers: string, state: string]>> = {
  1: [
    "d1524a7772abea334858a19eb6bdbc2c546d33ce5769c7cf503bcbeafa4eb21d",
    "815c3617123ceac2300423642b0b31b18dcb857acd32aa4568783292f0b5ab36",
    "16d82a1ac62db8c3b81f6a0ef488d4f4d6ccba58d75d512363dffe96143dbdc7",
  ],
  2: [
    "f9a33c388eb1c3c98ffcc4ab348fd1345312f07b84a7cf4af39611c2995f657d",
    "21aea717c3df87afeca6d954589ee75d6085d47bee3f7eb463c4a32db8f466af",
    "74d13d70c59ef8715a63195fde8565a1c12fb4a37b20020b3c88366662acb73f",
  ],
  3: [
    "3f9dac6c7596fe043a09211ebf0bcec0fb8b10264792e3f14ea1f904d0c0ee0d",
    "933a8271353ef11efcf1c61eaca326f461b0a5d40b1ea44fd01941c4c7a185bf",
    "7e3bbe7351e67101973727ecb60c99a20af670964fc2d88f54abd5ba7d1f27bd",
  ],
  4: [
    "ee00a8243c37c82cd400f368f4bb4c257fae70c3cb1111e897283d266ff915b3",
    "e19feb70f63707d5d0f7f38d96897f1f06753fc13ff2812643bbfcbe6dae64a6",
    "12bd4ce7e0f04091fc571fd9572bb3a9e6ee8b35b4e34367c0a54579da1767a4",
  ],
};

test.each(Object.entries(PINNED))(
  "a command comes to what it came to before there were levels, seed %s",
  (seed, pinned) => {
    const { digest, answers, state } = runOf(Number(seed));
    expect([digest, answers, state]).toEqual(pinned);
  },
);
