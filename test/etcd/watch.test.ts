import { expect, test } from "vitest";
import { watchEventsJson } from "../../src/http/etcd/codec/watch.ts";

const WHO = { clusterId: "1", memberId: "2", term: "2" };
const meta = { key: "k", create_revision: 5, mod_revision: 7, version: 2 };
const prev = { ...meta, mod_revision: 6, version: 1, value: "before" };

function eventOf(event: Parameters<typeof watchEventsJson>[3][number]): unknown {
  return (watchEventsJson(WHO, 7, "0", [event]) as { readonly events: readonly unknown[] }).events[0];
}

test("an event has the key as it is and, when asked for, as it was", () => {
  expect(eventOf({ type: "put", ...meta, value: "v", prev })).toEqual({
    kv: { key: "aw==", create_revision: "5", mod_revision: "7", version: "2", value: "dg==" },
    prev_kv: { key: "aw==", create_revision: "5", mod_revision: "6", version: "1", value: "YmVmb3Jl" },
  });
  expect(eventOf({ type: "delete", key: "/w==", key_encoding: "base64", mod_revision: 7 })).toEqual({
    type: "DELETE",
    kv: { key: "/w==", mod_revision: "7" },
  });
});

test("an event that created the key has no previous value, although the key may have been deleted just then", () => {
  const created = { ...meta, create_revision: 7, version: 1 };
  expect(eventOf({ type: "put", ...created, value: "v", prev })).not.toHaveProperty("prev_kv");
  expect(eventOf({ type: "delete", key: "k", mod_revision: 7, prev })).toHaveProperty("prev_kv");
});

test("without events it is a progress notice", () => {
  expect(watchEventsJson(WHO, 7, "3", [])).toEqual({
    header: { cluster_id: "1", member_id: "2", revision: "7", raft_term: "2" },
    watch_id: "3",
  });
});
