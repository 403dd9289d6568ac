import { expect, test } from "vitest";
import { expiryOf, flagsStale, isForClients, lifecycleOf } from "../../src/flags/lifecycle.ts";

test("an expiry is a date or a moment; anything else is none", () => {
  expect(expiryOf({ expires: "2027-01-31" })).toBe(Date.UTC(2027, 0, 31));
  expect(expiryOf({ expires: "2027-01-31T10:00:00+02:00" })).toBe(Date.UTC(2027, 0, 31, 8));
  for (const expires of [undefined, 2027, "soon", "2027", "2027-02-31", "2027-13-01", "31.1.2027", ""]) {
    expect(expiryOf({ expires })).toBeUndefined();
  }
});

test("only what says that it is for clients is", () => {
  expect([{ client: true }, { client: "true" }, { client: 1 }, {}].map(isForClients)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(lifecycleOf({ owner: 5 })).toEqual({ owner: undefined, expiresMs: undefined, client: false });
});

test("stale is what is past its expiry, the longest first", () => {
  const flags = [
    { key: "today", metadata: { expires: "2027-01-31", owner: "web" } },
    { key: "later", metadata: { expires: "2027-02-01" } },
    { key: "old", metadata: { expires: "2026-12-31" } },
    { key: "for-ever", metadata: {} },
  ];
  expect(flagsStale(flags, Date.UTC(2027, 0, 31, 12))).toEqual([
    { key: "old", owner: undefined, expires: "2026-12-31", daysOver: 31 },
    { key: "today", owner: "web", expires: "2027-01-31", daysOver: 0 },
  ]);
});
