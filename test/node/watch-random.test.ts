import { expect, test } from "vitest";
import type { WatchFrame } from "../../src/api/watch-frame.ts";
import { WATCH_NONE } from "../../src/api/watch-query.ts";
import type { Op } from "../../src/state/command.ts";
import { Random } from "../random.ts";
import { ops, text } from "../state/drive.ts";
import { type FakeSocket, WatchHarness } from "./watch-harness.ts";

const NAMES = ["a", "a/1", "a/2", "b", "c"];
const STEPS = 250;

interface Expectation {
  readonly socket: FakeSocket;
  readonly id: number;
  readonly from: number;
  readonly wants: (event: string, kind: "put" | "delete") => boolean;
}

function operation(random: Random, revision: number): Op {
  const name = random.pick(NAMES);
  const roll = random.integer(0, 9);
  if (roll < 5) return ops.put(name, `${revision}`);
  if (roll < 7) return ops.del(name);
  if (roll < 8) return ops.del("a", "b");
  const success = NAMES.filter(() => random.integer(0, 1) === 0).map((one) => ops.put(one, `${revision}t`));
  return { kind: "txn", compare: [], success, failure: [] };
}

/** Every event that ever was, as the state machine itself tells it, whatever was compacted since. */
class Record {
  readonly events: { readonly revision: number; readonly kind: "put" | "delete"; readonly key: string }[] = [];

  take(harness: WatchHarness): void {
    const next = (this.events.at(-1)?.revision ?? 1) + 1;
    const page = harness.drive.machine.events(next, harness.drive.machine.revision, 1e6, 1e9);
    if ("kind" in page) throw new Error(page.why);
    for (const { kind, kv } of page.events) this.events.push({ revision: kv.modRevision, kind, key: text(kv.key) });
  }
}

function request(random: Random, revision: number) {
  const form = random.integer(0, 2);
  const name = random.pick(NAMES);
  const filter = random.pick([undefined, undefined, "noput", "nodelete"] as const);
  const from = random.integer(0, 1) === 0 ? undefined : Math.max(1, revision - random.integer(-3, 20));
  const target = form === 0 ? { key: name } : { prefix: form === 1 ? "a" : "" };
  const wants = (key: string, kind: "put" | "delete") =>
    (target.key === undefined ? key.startsWith(target.prefix ?? "") : key === target.key) &&
    !(filter === "noput" && kind === "put") &&
    !(filter === "nodelete" && kind === "delete");
  return { message: { ...target, filter, from, prev_kv: random.integer(0, 2) === 0, progress: true }, from, wants };
}

/** What a watch was told must be what it asked for, up to where it was told that it is. */
function check({ socket, id, from, wants }: Expectation, record: Record, compact: number): "open" | "cancelled" {
  const frames = socket.of(id);
  const told = frames.flatMap((frame) => (frame.type === "events" ? frame.events : []));
  const last = frames.at(-1) as WatchFrame;
  const due = record.events.filter(({ key, kind, revision }) => revision >= from && wants(key, kind));
  const heard = told.map((event) => `${event.type} ${event.key}@${event.mod_revision}`);
  const all = due.map(({ kind, key, revision }) => `${kind} ${key}@${revision}`);
  if (last.type === "cancelled") {
    expect(last).toMatchObject({ code: "compacted" });
    expect(last.compact_revision).toBeLessThanOrEqual(compact);
    expect(all.slice(0, heard.length)).toEqual(heard);
    // Only who was behind the compaction is cut off.
    expect(told.at(-1)?.mod_revision ?? 0).toBeLessThan(last.compact_revision ?? 0);
    return "cancelled";
  }
  expect(heard).toEqual(all);
  for (const frame of frames) {
    if (frame.type !== "events") continue;
    const revisions = frame.events.map(({ mod_revision: revision }) => revision);
    expect(Math.max(...revisions)).toBeLessThanOrEqual(frame.revision);
  }
  return "open";
}

function play(seed: number): Readonly<{ open: number; cancelled: number }> {
  const random = new Random(seed);
  const harness = new WatchHarness();
  const record = new Record();
  const expectations: Expectation[] = [];
  const sockets = [harness.open(WATCH_NONE), harness.open(WATCH_NONE)];
  let compact = 0;
  for (let step = 0; step < STEPS; step++) {
    const { revision } = harness.drive.machine;
    const roll = random.integer(0, 99);
    if (roll < 10) {
      const { message, from, wants } = request(random, revision);
      const socket = random.pick(sockets);
      const id = expectations.length + 1;
      harness.say(socket, { type: "create", id, ...message });
      if (socket.of(id)[0]?.type === "created") expectations.push({ socket, id, from: from ?? revision + 1, wants });
      else expectations.push({ socket, id, from: from ?? 0, wants });
    } else if (roll < 15) harness.evict();
    else if (roll < 22) harness.clock.pass(random.integer(0, 20_000));
    else if (roll < 26) {
      compact = Math.max(compact + 1, revision - random.integer(0, 15));
      if (compact <= revision) harness.run({ kind: "compact", revision: compact });
      else compact = harness.drive.machine.compactRevision;
    } else if (roll < 32) {
      for (let count = random.integer(1, 6); count > 0; count--) harness.skip(operation(random, revision));
      record.take(harness);
      if (random.integer(0, 1) === 0) harness.hub.resume();
    } else harness.runAll(Array.from({ length: random.integer(1, 3) }, () => operation(random, revision)));
    record.take(harness);
  }
  harness.hub.resume();
  harness.clock.pass(1_000);
  const outcomes = { open: 0, cancelled: 0 };
  for (const one of expectations) outcomes[check(one, record, compact)] += 1;
  return outcomes;
}

test.each(Array.from({ length: 20 }, (_, index) => [index + 1]))(
  "seed %i: no gap, no repeat, no other order, whatever happens to the learner",
  (seed) => {
    expect(play(seed).open).toBeGreaterThan(0);
  },
);

test("in these runs watches lived, and watches were cut off by compaction", () => {
  const outcomes = [1, 2, 3, 4, 5].map(play);
  expect(outcomes.reduce((sum, { open }) => sum + open, 0)).toBeGreaterThan(20);
  expect(outcomes.reduce((sum, { cancelled }) => sum + cancelled, 0)).toBeGreaterThan(3);
});
