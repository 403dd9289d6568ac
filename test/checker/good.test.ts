import { expect, test } from "vitest";
import { historyCheck } from "../../src/checker/check.ts";
import type { History } from "../../src/checker/history.ts";
import { count, del, event, get, history, increment, propose, put, watch } from "./script.ts";

/** Each looks wrong at first sight, and is not. */
const GOOD: readonly (readonly [name: string, history: History])[] = [
  ["nothing happened", history([])],
  [
    "concurrent puts, the one that returned first wins",
    history([
      put("a", "1", [0, 5], { ok: null }),
      put("b", "2", [0, 9], { ok: null }),
      get("c", "1", [10, 11], null, null),
    ]),
  ],
  [
    "reads around a put see old and new in turn while it is open to both",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("a", "1", [2, 20], { ok: 2 }),
      get("b", "0", [3, 10], 1, 1),
      get("c", "1", [3, 4], 2, 2),
      get("d", "1", [11, 12], 2, 2),
    ]),
  ],
  [
    "a read returns after, but sees before, a put that another read has seen",
    history([
      put("a", "1", [0, 30], { ok: null }),
      get("b", null, [1, 20], null, null),
      get("c", "1", [2, 3], null, null),
    ]),
  ],
  [
    "an unknown put was seen by a local read alone, and an unknown delete called during that read undid it",
    history([
      put("a", "1", [0, 1], { ok: 2 }),
      put("b", "2", [2, 3]),
      get("c", "2", [10, 20], 6, 6, { local: true }),
      del("d", [12, 13]),
      get("e", null, [30, 31], null, 11),
    ]),
  ],
  [
    "an unknown put takes effect long after it timed out",
    history([
      put("a", "late", [0, 1]),
      get("b", null, [5, 6], null, 0),
      put("b", "1", [7, 8], { ok: 1 }),
      get("b", "1", [9, 10], 1, 1),
      get("c", "late", [50, 51], 2, 2),
    ]),
  ],
  [
    "an unknown put never takes effect",
    history([put("a", "never", [0, 1]), put("b", "1", [2, 3], { ok: 1 }), get("b", "1", [9, 10], 1, 1)]),
  ],
  [
    "an unknown put that nobody read explains a lost condition",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("b", "x", [2, 3]),
      put("c", "1", [4, 5], { ifMatch: 1, lost: true, store: 2 }),
    ]),
  ],
  [
    "an unknown delete explains an absent key, then a creation wins",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      del("b", [2, 3]),
      get("c", null, [4, 5], null, 2),
      put("c", "1", [6, 7], { ifAbsent: true, ok: 3 }),
    ]),
  ],
  [
    "an unknown put and an unknown delete, each seen only through conditions",
    history([
      put("a", "x", [0, 1]),
      del("b", [0, 1]),
      get("c", null, [2, 3], null, 0),
      put("d", "y", [4, 5], { ifAbsent: true, lost: true, store: 1 }),
      put("d", "z", [6, 7], { ifAbsent: true, ok: 3 }),
    ]),
  ],
  [
    "an unknown compare-and-set on a revision only its client knew",
    history([put("a", "1", [0, 1]), put("b", "2", [2, 3], { ifMatch: 1 }), get("c", "2", [4, 5], 2, 2)]),
  ],
  [
    "a chain of unknown compare-and-sets, of which the last is seen",
    history([
      put("a", "1", [0, 1]),
      get("b", "1", [1, 2], 1, 1, { local: true }),
      put("b", "2", [3, 4], { ifMatch: 1 }),
      get("c", "2", [5, 6], 2, 2),
    ]),
  ],
  [
    "two identical values, told apart by their revisions",
    history([
      put("a", "x", [0, 9], { ok: 1 }),
      put("b", "y", [0, 9], { ok: 2 }),
      put("c", "x", [0, 9], { ok: 3 }),
      get("d", "x", [1, 10], 1, 1),
      get("d", "x", [11, 12], 3, 3),
    ]),
  ],
  [
    "a value comes back because a second, unknown, put wrote it",
    history([
      put("a", "x", [0, 1], { ok: 1 }),
      put("b", "x", [0, 1]),
      put("a", "y", [2, 3], { ok: 2 }),
      get("d", "y", [4, 5], 2, 2),
      get("d", "x", [6, 7], 3, 3),
    ]),
  ],
  [
    "the loser of two concurrent creations is told of the one whose answer was lost",
    history([
      put("a", "1", [0, 9], { ifAbsent: true }),
      put("b", "2", [0, 9], { ifAbsent: true, lost: true, store: 1 }),
      get("c", "1", [10, 11], 1, 1),
    ]),
  ],
  [
    "compare-and-set loses to a concurrent put that returns much later",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("b", "1", [2, 99], { ok: 2 }),
      put("c", "2", [3, 4], { ifMatch: 1, lost: true, store: 2 }),
    ]),
  ],
  [
    "a delete finds nothing before a concurrent put",
    history([
      put("a", "1", [0, 9], { ok: 1 }),
      del("b", [0, 9], { nothing: true, store: 0 }),
      get("c", "1", [10, 11], 1, 1),
    ]),
  ],
  [
    "revisions of concurrent puts go against their return times",
    history([put("a", "1", [0, 9], { ok: 2 }), put("b", "2", [1, 20], { ok: 1 }), get("c", "1", [21, 22], 2, 2)]),
  ],
  [
    "a put's answer carries a store that has moved on",
    history([
      put("a", "1", [0, 9], { ok: 1, store: 7 }),
      put("b", "2", [0, 9], { ok: 2 }),
      get("c", "2", [10, 11], 2, 7),
    ]),
  ],
  [
    "a retry is answered with the first result from a newer store",
    history([
      put("a", "1", [0, 1], { request: "r" }),
      put("b", "2", [2, 3], { ok: 2 }),
      get("b", "2", [4, 5], 2, 2),
      put("a", "1", [6, 7], { ok: 1, store: 2, request: "r" }),
    ]),
  ],
  [
    "a retry in vain after an attempt that surely failed",
    history([
      put("a", "1", [0, 1], { failed: true, request: "r" }),
      get("b", null, [2, 3], null, 0),
      put("a", "1", [4, 5], { ok: 1, request: "r" }),
    ]),
  ],
  [
    "a stale local read without min_revision",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      put("a", "2", [2, 3], { ok: 2 }),
      get("a", "1", [4, 5], 1, 1, { local: true }),
    ]),
  ],
  [
    "a session at min_revision 2 reads what 3 had not yet replaced",
    history([
      put("a", "1", [0, 1], { ok: 2 }),
      put("a", "2", [2, 3], { ok: 3 }),
      get("a", "1", [4, 5], 2, 2, { local: true, min: 2 }),
    ]),
  ],
  [
    "a session's concurrent reads return in opposite orders",
    history([put("a", "1", [0, 20], { ok: 1 }), get("s", "1", [1, 5], 1, 1), get("s", null, [2, 9], null, 0)]),
  ],
  [
    "a session finds its key deleted by another's unknown delete",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      del("b", [2, 3]),
      get("a", null, [4, 5], null, 2, { local: true, min: 1 }),
    ]),
  ],
  [
    "everyone is told of a proposal whose proposer heard nothing",
    history([
      propose("a", "1", [0, 1]),
      propose("b", "2", [5, 6], { chosen: "1", mine: false }),
      propose("c", "1", [7, 8], { chosen: "1", mine: false }),
    ]),
  ],
  [
    "the winner of a write-once key is answered last",
    history([
      propose("b", "2", [0, 3], { chosen: "1", mine: false }),
      propose("a", "1", [2, 90], { chosen: "1", mine: true }),
    ]),
  ],
  [
    "unknown increments count or not, retried ones once",
    history([
      increment("a", "r1", [0, 1]),
      increment("a", "r1", [2, 3], null),
      increment("b", "r2", [0, 1]),
      increment("b", "r3", [0, 1]),
      count("c", 2, [4, 5]),
      count("c", 3, [6, 7]),
    ]),
  ],
  [
    "a count concurrent with increments",
    history([
      increment("a", "r1", [0, 9], 2),
      increment("b", "r2", [0, 9], 1),
      count("c", 1, [0, 9]),
      count("d", 2, [0, 9]),
    ]),
  ],
  [
    "a watch shows one unknown put and not the other",
    history(
      [put("a", "1", [0, 1]), put("b", "2", [0, 1]), put("c", "3", [2, 3], { ok: 2 })],
      [watch(1, [event(4, 1, "2"), event(5, 2, "3")])],
    ),
  ],
  [
    "an event arrives before its put is answered, and the watch stops short of the last",
    history([put("a", "1", [0, 9], { ok: 1 }), put("a", "2", [10, 11], { ok: 2 })], [watch(1, [event(1, 1, "1")])]),
  ],
  [
    "a watch from the middle, over a reconnect, of a prefix",
    history(
      [
        put("a", "1", [0, 1], { ok: 1, key: "p/a" }),
        put("a", "2", [2, 3], { ok: 2, key: "p/b" }),
        put("a", "3", [4, 5], { ok: 3, key: "q" }),
        del("a", [6, 7], { ok: 4, key: "p/b" }),
      ],
      [
        {
          id: "w",
          target: { kind: "prefix", prefix: "p/" },
          through: 4,
          connections: [
            { from: 2, events: [event(8, 2, "2", "p/b")] },
            { from: 3, events: [] },
            { from: 3, events: [event(20, 4, null, "p/b")] },
          ],
        },
      ],
    ),
  ],
];

test.each(GOOD)("accepted: %s", (_name, good) => {
  expect(historyCheck(good)).toEqual({ kind: "ok" });
});
