import { expect, test } from "vitest";
import { historyCheck } from "../../src/checker/check.ts";
import type { History, Watch } from "../../src/checker/history.ts";
import type { Rule } from "../../src/checker/verdict.ts";
import { count, del, event, get, history, increment, propose, put, watch } from "./script.ts";

/** Each history is wrong in the way its name says, and has to be refused by the rule beside it. */
const BAD: readonly (readonly [name: string, rule: Rule, history: History])[] = [
  // Registers, with nothing but values to go by.
  [
    "a read misses a write that returned before it",
    "linearizable",
    history([
      put("a", "1", [0, 1], { ok: null }),
      put("a", "2", [2, 3], { ok: null }),
      get("b", "1", [4, 5], null, null),
    ]),
  ],
  [
    "a read sees nothing after an acknowledged put",
    "linearizable",
    history([put("a", "1", [0, 1], { ok: null }), get("b", null, [2, 3], null, null)]),
  ],
  [
    "two readers see two concurrent writes in opposite orders",
    "linearizable",
    history([
      put("a", "1", [0, 9], { ok: null }),
      put("b", "2", [0, 9], { ok: null }),
      get("c", "1", [10, 11], null, null),
      get("c", "2", [12, 13], null, null),
      get("c", "1", [14, 15], null, null),
    ]),
  ],
  [
    "a value comes back during concurrent writes",
    "linearizable",
    history([
      put("a", "1", [0, 100], { ok: null }),
      put("b", "2", [0, 100], { ok: null }),
      get("c", "1", [1, 2], null, null),
      get("c", "2", [3, 4], null, null),
      get("d", "1", [5, 6], null, null),
    ]),
  ],
  [
    "new then old value within one write's span",
    "linearizable",
    history([
      put("a", "1", [0, 1], { ok: null }),
      put("a", "2", [2, 20], { ok: null }),
      get("b", "2", [3, 4], null, null),
      get("c", "1", [5, 6], null, null),
    ]),
  ],
  [
    "a deleted key is read",
    "linearizable",
    history([put("a", "1", [0, 1], { ok: null }), del("a", [2, 3], { ok: null }), get("b", "1", [4, 5], null, null)]),
  ],
  [
    "a delete finds nothing where a put stood",
    "linearizable",
    history([put("a", "1", [0, 1], { ok: 1 }), del("b", [2, 3], { nothing: true, store: 1 })]),
  ],
  [
    "an unknown put is seen, lost, and seen again",
    "linearizable",
    history([
      put("a", "1", [0, 1], { ok: null }),
      put("b", "2", [2, 3]),
      get("c", "2", [4, 5], null, null),
      get("c", "1", [6, 7], null, null),
    ]),
  ],
  [
    "an unknown put takes effect twice",
    "linearizable",
    history([
      put("a", "1", [0, 1]),
      get("c", "1", [2, 3], null, null),
      put("b", "2", [4, 5], { ok: null }),
      get("c", "2", [6, 7], null, null),
      get("c", "1", [8, 9], null, null),
    ]),
  ],
  [
    "a retried put is applied again over a later one",
    "linearizable",
    history([
      put("a", "1", [0, 5], { request: "r", failed: true }),
      put("a", "1", [1, 2], { request: "r", ok: 1 }),
      put("b", "2", [3, 4], { ok: 2 }),
      put("a", "1", [5, 6], { request: "r", ok: 1, store: 3 }),
      get("c", "1", [7, 8], 3, 3),
    ]),
  ],
  [
    "a put that said failed is read",
    "phantom-read",
    history([put("a", "1", [0, 1], { failed: true }), get("b", "1", [2, 3], 1, 1)]),
  ],
  [
    "a put that lost its condition is read",
    "phantom-read",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      put("b", "2", [2, 3], { ifAbsent: true, lost: true, store: 1 }),
      get("c", "2", [4, 5], 2, 2),
    ]),
  ],
  ["a value nobody wrote", "phantom-read", history([get("a", "ghost", [0, 1], 1, 1)])],
  [
    "an acknowledged value at a revision it never had",
    "phantom-read",
    history([put("a", "1", [0, 1], { ok: 1 }), get("b", "1", [2, 3], 2, 2)]),
  ],
  [
    "a value is read before it is written",
    "future-read",
    history([get("a", "1", [0, 1], 1, 1), put("b", "1", [2, 3], { ok: 1 })]),
  ],
  [
    "a local read shows a later write",
    "future-read",
    history([get("a", "1", [0, 1], 1, 1, { local: true }), put("b", "1", [2, 3], { ok: 1 })]),
  ],

  // Compare-and-set.
  [
    "two creations with If-None-Match both win",
    "linearizable",
    history([put("a", "1", [0, 5], { ifAbsent: true, ok: 1 }), put("b", "2", [0, 5], { ifAbsent: true, ok: 2 })]),
  ],
  [
    "two compare-and-sets on one revision both win (lost update)",
    "linearizable",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("a", "1", [2, 9], { ifMatch: 1, ok: 2 }),
      put("b", "2", [2, 9], { ifMatch: 1, ok: 3 }),
    ]),
  ],
  [
    "two compare-and-sets win, one with an unknown outcome that was seen",
    "linearizable",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("a", "1", [2, 9], { ifMatch: 1 }),
      put("b", "2", [2, 9], { ifMatch: 1, ok: 3 }),
      get("c", "1", [3, 4], 2, 2),
    ]),
  ],
  [
    "a compare-and-set wins on a revision that was overwritten",
    "linearizable",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("a", "1", [2, 3], { ok: 2 }),
      put("b", "2", [4, 5], { ifMatch: 1, ok: 3 }),
    ]),
  ],
  [
    "a compare-and-set loses though nothing changed",
    "linearizable",
    history([put("a", "0", [0, 1], { ok: 1 }), put("b", "1", [2, 3], { ifMatch: 1, lost: true, store: 1 })]),
  ],
  [
    "a creation loses though the key was never there",
    "linearizable",
    history([put("a", "0", [0, 1], { ifAbsent: true, lost: true, store: 0 })]),
  ],
  [
    "a creation loses before the only other put was asked",
    "linearizable",
    history([put("a", "0", [0, 1], { ifAbsent: true, lost: true, store: 0 }), put("b", "1", [2, 3], { ok: 1 })]),
  ],
  ["412 for a put without a condition", "linearizable", history([put("a", "0", [0, 1], { lost: true, store: 0 })])],
  [
    "a conditional delete wins on an old revision",
    "linearizable",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("a", "1", [2, 3], { ok: 2 }),
      del("b", [4, 5], { ifMatch: 1, ok: 3 }),
    ]),
  ],
  [
    "an unknown write would have to stand between neighbouring revisions",
    "linearizable",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      put("b", "x", [0, 1]),
      put("a", "2", [2, 9], { ifMatch: 1, ok: 2 }),
      put("c", "3", [2, 3], { ifMatch: 1, lost: true, store: 1 }),
    ]),
  ],

  // Revisions.
  [
    "two puts share a revision",
    "revision-shared",
    history([put("a", "1", [0, 9], { ok: 1, key: "x" }), put("b", "2", [0, 9], { ok: 1, key: "y" })]),
  ],
  [
    "a later put has the lower revision",
    "revision-order",
    history([put("a", "1", [0, 1], { ok: 5, key: "x" }), put("b", "2", [2, 3], { ok: 4, key: "y" })]),
  ],
  [
    "a put makes a revision that a reader already had",
    "revision-order",
    history([get("a", null, [0, 1], null, 7), put("b", "2", [2, 3], { ok: 7 })]),
  ],
  [
    "a read cites a revision above the store's",
    "revision-ahead",
    history([put("a", "1", [0, 1], { ok: 2 }), get("b", "1", [2, 3], 2, 1, { local: true })]),
  ],
  [
    "two readers see two values at one revision",
    "revision-value",
    history([
      put("a", "1", [0, 9]),
      put("b", "2", [0, 9]),
      get("c", "1", [10, 11], 1, 1),
      get("d", "2", [10, 11], 1, 1, { local: true }),
    ]),
  ],
  [
    "one revision is seen on two keys",
    "revision-value",
    history([
      put("a", "1", [0, 9], { key: "x" }),
      put("b", "1", [0, 9], { key: "y" }),
      get("c", "1", [10, 11], 1, 1, { key: "x" }),
      get("d", "1", [10, 11], 1, 1, { key: "y" }),
    ]),
  ],
  [
    "a local read of revision 3 shows what 2 replaced",
    "snapshot-read",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      put("a", "2", [2, 3], { ok: 2 }),
      get("b", "1", [4, 5], 1, 3, { local: true }),
    ]),
  ],
  [
    "a local read of revision 1 does not show the key put there",
    "snapshot-read",
    history([put("a", "1", [0, 1], { ok: 1 }), get("b", null, [4, 5], null, 1, { local: true })]),
  ],
  [
    "a read is older than a write to another key",
    "stale-read",
    history([put("a", "1", [0, 1], { ok: 1, key: "x" }), get("b", null, [2, 3], null, 0, { key: "y" })]),
  ],
  [
    "a read is older than what a local read was told",
    "stale-read",
    history([
      put("a", "1", [0, 9], { key: "x" }),
      get("b", "1", [1, 2], 4, 4, { key: "x", local: true }),
      get("c", null, [3, 4], null, 3, { key: "y" }),
    ]),
  ],
  [
    "a read is older than an event that a watcher had",
    "stale-read",
    history([put("a", "1", [0, 9]), get("c", null, [3, 4], null, 0)], [watch(1, [event(2, 1, "1")])]),
  ],

  // Sessions.
  [
    "a local read is below its min_revision",
    "session-min-revision",
    history([get("a", null, [0, 1], null, 4, { local: true, min: 5 })]),
  ],
  [
    "a session does not read its own put",
    "session-read-your-writes",
    history([
      put("a", "0", [0, 1], { ok: 1 }),
      put("b", "1", [2, 3], { ok: 2 }),
      get("b", "0", [4, 5], 1, null, { local: true, min: 2 }),
    ]),
  ],
  [
    "a session does not see the key it created",
    "session-read-your-writes",
    history([put("a", "1", [2, 3], { ok: 2 }), get("a", null, [4, 5], null, null, { local: true, min: 2 })]),
  ],
  [
    "a session sees again what it deleted",
    "session-read-your-writes",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      del("a", [2, 3], { ok: 2 }),
      get("a", "1", [4, 5], 1, null, { local: true, min: 2 }),
    ]),
  ],
  [
    "a session's local reads go back on a key",
    "session-monotonic-reads",
    history([
      put("a", "1", [0, 1], { ok: 1 }),
      put("a", "2", [2, 3], { ok: 2 }),
      get("b", "2", [4, 5], 2, 2, { local: true }),
      get("b", "1", [6, 7], 1, null, { local: true, min: 2 }),
    ]),
  ],
  [
    "a session's store goes back between keys",
    "session-monotonic-reads",
    history([
      get("b", null, [0, 1], null, 9, { key: "x", local: true }),
      get("b", null, [2, 3], null, 8, { key: "y" }),
    ]),
  ],

  // Requests.
  [
    "a retry is told another revision than the first answer",
    "request-result",
    history([put("a", "1", [0, 1], { ok: 1, request: "r" }), put("a", "1", [2, 3], { ok: 2, request: "r" })]),
  ],
  [
    "a retry is told that its own first attempt beat it",
    "request-result",
    history([
      put("a", "1", [0, 1], { ok: 1, ifAbsent: true, request: "r" }),
      put("a", "1", [2, 3], { lost: true, store: 1, ifAbsent: true, request: "r" }),
    ]),
  ],

  // Write-once.
  [
    "two values are chosen",
    "propose-agreement",
    history([
      propose("a", "1", [0, 5], { chosen: "1", mine: true }),
      propose("b", "2", [0, 5], { chosen: "2", mine: true }),
    ]),
  ],
  [
    "a value is chosen that nobody proposed",
    "propose-validity",
    history([propose("a", "1", [0, 1], { chosen: "2", mine: false })]),
  ],
  [
    "two proposers of one value both win",
    "propose-winner",
    history([
      propose("a", "1", [0, 5], { chosen: "1", mine: true }),
      propose("b", "1", [0, 5], { chosen: "1", mine: true }),
    ]),
  ],
  [
    "a proposer wins with another's value",
    "propose-winner",
    history([propose("a", "1", [0, 5]), propose("b", "2", [0, 5], { chosen: "1", mine: true })]),
  ],
  [
    "the only proposer is told it was not the first",
    "propose-winner",
    history([propose("a", "1", [0, 5], { chosen: "1", mine: false })]),
  ],
  [
    "a later proposal wins over one that was answered",
    "propose-order",
    history([
      propose("a", "1", [0, 1], { chosen: "2", mine: false }),
      propose("b", "2", [2, 3], { chosen: "2", mine: true }),
    ]),
  ],

  // Counters.
  [
    "an acknowledged increment is lost",
    "counter-lost",
    history([increment("a", "r1", [0, 1], null), increment("a", "r2", [2, 3], null), count("b", 1, [4, 5])]),
  ],
  [
    "a retried increment counts twice",
    "counter-excess",
    history([increment("a", "r1", [0, 1]), increment("a", "r1", [2, 3], null), count("b", 2, [4, 5])]),
  ],
  [
    "a counter falls",
    "counter-backwards",
    history([increment("a", "r1", [0, 1]), increment("a", "r2", [0, 1]), count("b", 2, [2, 3]), count("b", 1, [4, 5])]),
  ],
  [
    "a counter forgets an increment between two reads",
    "counter-backwards",
    history([
      increment("a", "r1", [0, 1]),
      count("b", 1, [2, 3]),
      increment("a", "r2", [4, 5], null),
      count("b", 1, [6, 7]),
    ]),
  ],
  [
    "two increments make the same value (lost update)",
    "counter-shared",
    history([increment("a", "r1", [0, 5], 1), increment("b", "r2", [0, 5], 1)]),
  ],

  // Watches.
  [
    "a watch skips an acknowledged put",
    "watch-gap",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("a", "2", [2, 3], { ok: 2 }), put("a", "3", [4, 5], { ok: 3 })],
      [watch(1, [event(6, 1, "1"), event(7, 3, "3")])],
    ),
  ],
  [
    "a watch skips a delete",
    "watch-gap",
    history([put("a", "1", [0, 1], { ok: 1 }), del("a", [2, 3], { ok: 2 })], [watch(1, [event(6, 1, "1")], 2)]),
  ],
  [
    "a watch that came to the end lacks the last put",
    "watch-gap",
    history([put("a", "1", [0, 1], { ok: 1 })], [watch(1, [], 1)]),
  ],
  [
    "a watch skips an unknown put that a read saw",
    "watch-gap",
    history(
      [put("a", "1", [0, 1]), put("a", "2", [2, 3], { ok: 2 }), get("b", "1", [0, 1], 1, 1)],
      [watch(1, [event(4, 2, "2")])],
    ),
  ],
  [
    "a watch skips an unknown put that another watch has",
    "watch-gap",
    history(
      [put("a", "1", [0, 1]), put("a", "2", [2, 3], { ok: 2 })],
      [watch(1, [event(4, 1, "1"), event(5, 2, "2")]), { ...watch(1, [event(4, 2, "2")]), id: "w2" }],
    ),
  ],
  [
    "a reconnect loses the event in between",
    "watch-gap",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("a", "2", [2, 3], { ok: 2 }), put("a", "3", [4, 5], { ok: 3 })],
      [reconnected([event(2, 1, "1")], 2, [event(9, 3, "3")])],
    ),
  ],
  [
    "a reconnect repeats the last event",
    "watch-repeat",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("a", "2", [2, 3], { ok: 2 })],
      [reconnected([event(2, 1, "1")], 1, [event(9, 1, "1"), event(10, 2, "2")])],
    ),
  ],
  [
    "an event is delivered twice",
    "watch-repeat",
    history([put("a", "1", [0, 1], { ok: 1 })], [watch(1, [event(2, 1, "1"), event(3, 1, "1")])]),
  ],
  [
    "events out of order",
    "watch-reorder",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("a", "2", [2, 3], { ok: 2 })],
      [watch(1, [event(4, 2, "2"), event(5, 1, "1")])],
    ),
  ],
  [
    "an event from before the watch",
    "watch-before-from",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("a", "2", [2, 3], { ok: 2 })],
      [watch(2, [event(4, 1, "1"), event(5, 2, "2")])],
    ),
  ],
  [
    "an event of another key",
    "watch-target",
    history([put("a", "1", [0, 1], { ok: 1, key: "z" })], [watch(1, [event(4, 1, "1", "z")])]),
  ],
  ["an event nobody wrote", "watch-phantom", history([], [watch(1, [event(4, 1, "1")])])],
  [
    "an event of a put at a revision it does not have",
    "watch-phantom",
    history([put("a", "1", [0, 1], { ok: 1 })], [watch(1, [event(3, 1, "1"), event(4, 2, "1")])]),
  ],
  [
    "an event of a put that lost its condition",
    "watch-undecided",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("b", "2", [2, 3], { lost: true, store: 1, ifAbsent: true })],
      [watch(1, [event(4, 1, "1"), event(5, 2, "2")])],
    ),
  ],
  [
    "an event of a put that surely failed",
    "watch-undecided",
    history([put("a", "1", [0, 1], { failed: true })], [watch(1, [event(4, 1, "1")])]),
  ],
  [
    "two watches are told two things of one revision (announced after one vote)",
    "watch-undecided",
    history(
      [put("a", "1", [0, 9]), put("b", "2", [0, 9])],
      [watch(1, [event(4, 1, "1")]), { ...watch(1, [event(4, 1, "2")]), id: "w2" }],
    ),
  ],
  [
    "an event that a read contradicts",
    "watch-undecided",
    history(
      [put("a", "1", [0, 9]), put("b", "2", [0, 9]), get("c", "2", [10, 11], 1, 1)],
      [watch(1, [event(4, 1, "1")])],
    ),
  ],
  [
    "an event with another value than was put",
    "watch-value",
    history([put("a", "1", [0, 1], { ok: 1 }), put("b", "2", [2, 3])], [watch(1, [event(4, 1, "2")])]),
  ],
  [
    "an event before its put was asked",
    "watch-future",
    history([put("a", "1", [5, 6], { ok: 1 })], [watch(1, [event(4, 1, "1")])]),
  ],
  [
    "an event before its unknown put was asked",
    "watch-future",
    history([put("a", "1", [5, 6])], [watch(1, [event(4, 1, "1")])]),
  ],
  [
    "an unknown put makes two events",
    "watch-effect-twice",
    history([put("a", "1", [0, 1])], [watch(1, [event(4, 1, "1"), event(5, 2, "1")])]),
  ],
  [
    "a read of revision 2 does not show the event of 2",
    "watch-read",
    history(
      [put("a", "1", [0, 1], { ok: 1 }), put("b", "2", [2, 3]), get("c", "1", [4, 5], 1, 2, { local: true })],
      [watch(1, [event(4, 1, "1"), event(9, 2, "2")])],
    ),
  ],
];

function reconnected(
  first: readonly ReturnType<typeof event>[],
  from: number,
  second: readonly ReturnType<typeof event>[],
): Watch {
  return {
    ...watch(1, []),
    connections: [
      { from: 1, events: first },
      { from, events: second },
    ],
  };
}

test.each(BAD)("refused: %s (%s)", (_name, rule, bad) => {
  const verdict = historyCheck(bad);
  expect(verdict.kind).toBe("illegal");
  const rules = verdict.kind === "illegal" ? verdict.violations.map((violation) => violation.rule) : [];
  expect(rules).toContain(rule);
});

/** A record, so that the compiler asks for every rule. */
const RULES: Readonly<Record<Rule, true>> = {
  linearizable: true,
  "phantom-read": true,
  "future-read": true,
  "revision-shared": true,
  "revision-order": true,
  "revision-ahead": true,
  "revision-value": true,
  "snapshot-read": true,
  "stale-read": true,
  "session-min-revision": true,
  "session-read-your-writes": true,
  "session-monotonic-reads": true,
  "request-result": true,
  "propose-agreement": true,
  "propose-validity": true,
  "propose-winner": true,
  "propose-order": true,
  "counter-lost": true,
  "counter-excess": true,
  "counter-backwards": true,
  "counter-shared": true,
  "watch-gap": true,
  "watch-repeat": true,
  "watch-reorder": true,
  "watch-before-from": true,
  "watch-target": true,
  "watch-phantom": true,
  "watch-undecided": true,
  "watch-value": true,
  "watch-future": true,
  "watch-effect-twice": true,
  "watch-read": true,
};

test("every rule refuses some hand-made history", () => {
  expect(new Set(BAD.map(([, rule]) => rule))).toEqual(new Set(Object.keys(RULES)));
});

function messageOf(bad: History): string | undefined {
  const verdict = historyCheck(bad);
  return verdict.kind === "illegal" ? verdict.violations[0]?.message : undefined;
}

test("a refusal names the value that stood, and the operation that it leaves no room for", () => {
  const puts = [put("a", "1", [0, 1], { ok: null }), put("a", "2", [2, 3], { ok: null })];
  expect(messageOf(history([...puts, get("b", "1", [4, 5], null, null)]))).toMatchInlineSnapshot(`
    "key k: held "1" from #0 a put k "1" [0, 1]: {"kind":"written","modRevision":null} to #2 b get k [4, 5]: {"kind":"present","value":"1","modRevision":null}
      but in between: #1 a put k "2" [2, 3]: {"kind":"written","modRevision":null}"
  `);
});

test("a refusal by the search names the operation that fits nowhere, and what it would have seen", () => {
  const first = put("a", "1", [0, 1], { ok: 1 });
  expect(
    messageOf(history([first, put("b", "2", [2, 3], { ifMatch: 1, lost: true, store: 1 })])),
  ).toMatchInlineSnapshot(`
    "key k: no order explains #1 b put k "2" if at 1 [2, 3]: {"kind":"precondition-failed"}, store at 1
      where the key holds "1" at 1 (store at 1 or later), with 1 of 2 operations to place
      placed last: #0 a put k "1" [0, 1]: {"kind":"written","modRevision":1}, store at 1
      waiting too: nothing"
  `);
});
