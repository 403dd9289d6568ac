import { expect, test } from "vitest";
import { difference, type Told } from "./compare.ts";
import { worldNew } from "./world.ts";

/** The comparison must catch what it is for: every one of these is an answer gone wrong in one place. */

const json = (body: object, status = 200): Told => ({
  status,
  contentType: "application/json",
  text: JSON.stringify(body),
});

const kv = { key: "YQ==", create_revision: "2", mod_revision: "3", version: "2", value: "Yg==" };
const header = { cluster_id: "1", member_id: "2", revision: "3", raft_term: "2" };
const good = json({ header, kvs: [kv], more: true, count: "4" });

const WRONG: Readonly<Record<string, Told>> = {
  "the revision": json({ header: { ...header, revision: "4" }, kvs: [kv], more: true, count: "4" }),
  "a number that is not a string": json({ header, kvs: [{ ...kv, version: 2 }], more: true, count: "4" }),
  "a value": json({ header, kvs: [{ ...kv, value: "Yw==" }], more: true, count: "4" }),
  "a default that is not left out": json({ header, kvs: [{ ...kv, lease: "0" }], more: true, count: "4" }),
  "a field in camel case": json({ header, kvs: [{ ...kv, createRevision: "2" }], more: true, count: "4" }),
  "a key too many": json({ header, kvs: [kv, kv], more: true, count: "4" }),
  "no more": json({ header, kvs: [kv], count: "4" }),
  "the status": json({ header, kvs: [kv], more: true, count: "4" }, 201),
  "the content type": { ...good, contentType: "application/json; charset=utf-8" },
  "a second message": { ...good, text: `${good.text}\n${good.text}` },
};

test.each(Object.entries(WRONG))("%s", (_, wrong) => {
  expect(difference(worldNew(), "/v3/kv/range", good, wrong)).toBeDefined();
});

test("another cluster is no difference", () => {
  const ours = json({ header: { ...header, cluster_id: "7", raft_term: "9" }, more: true, kvs: [kv], count: "4" });
  expect(difference(worldNew(), "/v3/kv/range", good, ours)).toBeUndefined();
});

test("a lease that each server chose an id for is the same lease, and no other", () => {
  const world = { ...worldNew(), chosen: new Map([["@lease0", ["10", "20"]] as const]) };
  const told = (id: string): Told => json({ header, ID: id, TTL: "5" });
  expect(difference(world, "/v3/lease/grant", told("10"), told("20"))).toBeUndefined();
  expect(difference(world, "/v3/lease/grant", told("10"), told("10"))).toBeDefined();
});

test("a TTL may be off by what two clocks make of it, and not by more", () => {
  const told = (ttl: string): Told => json({ header, ID: "1", TTL: ttl, grantedTTL: "100" });
  expect(difference(worldNew(), "/v3/lease/timetolive", told("98"), told("100"))).toBeUndefined();
  expect(difference(worldNew(), "/v3/lease/timetolive", told("90"), told("100"))).toBeDefined();
  expect(difference(worldNew(), "/v3/lease/timetolive", told("-1"), told("100"))).toBeDefined();
});
