import { describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import type { Caller } from "../../src/policy/caller.ts";
import { loginOf, type RuleJson } from "../../src/policy/documents.ts";
import {
  type Access,
  type EtcdPermission,
  permissionOf,
  ruleOf,
  rulesGranted,
  rulesRevoked,
} from "../../src/policy/etcd-permission.ts";
import { needsOfOp, needsOfQuery, needsOfWatch } from "../../src/policy/need.ts";
import { Policy } from "../../src/policy/policy.ts";

const ALICE = { login: "alice-1" };
const AUTH = { login: "auth-1" };
const SIGNED_IN: Caller = { kind: "user", name: "alice", login: loginOf(AUTH, ALICE) };

const key = utf8Encode;
const permission = (access: Access, from: string, end = ""): EtcdPermission => ({
  access,
  key: key(from),
  end: key(end),
});

/** The documents of a namespace in which alice has a role with these rules. */
function policyOf(rules: readonly RuleJson[], { isOn = true, role = "app" } = {}): Policy {
  const documents = {
    "policy/users/alice": ALICE,
    "policy/roles/app": { rules },
    "policy/bindings/etcd.app": { role, principals: ["user:alice"] },
    ...(isOn ? { "policy/auth": AUTH } : {}),
  };
  return new Policy({
    revision: 5,
    documents: Object.entries(documents).map(([path, json]) => ({ path, text: JSON.stringify(json) })),
  });
}

describe("a permission as a rule, and back", () => {
  test.each<[string, EtcdPermission, RuleJson]>([
    ["one key", permission("READ", "a"), { verbs: ["read", "watch"], key: "a" }],
    ["a range", permission("WRITE", "a", "b"), { verbs: ["write", "delete"], from: "a", to: "b" }],
    ["from a key on", permission("READWRITE", "a", "\0"), { verbs: ["read", "watch", "write", "delete"], from: "a" }],
    ["the empty key", permission("READ", ""), { verbs: ["read", "watch"], key: "" }],
    [
      "an interval the wrong way around",
      permission("READ", "b", "a"),
      { verbs: ["read", "watch"], from: "b", to: "a" },
    ],
    [
      "bytes that are no text",
      { access: "READ", key: Uint8Array.of(0xff), end: key("b") },
      { verbs: ["read", "watch"], from: "/w==", to: "Yg==", encoding: "base64" },
    ],
  ])("%s", (_, given, rule) => {
    expect(ruleOf(given)).toEqual(rule);
    expect(permissionOf(rule)).toEqual(given);
  });

  test.each<[RuleJson, EtcdPermission | undefined]>([
    [{ verbs: ["read"], prefix: "app/" }, permission("READ", "app/", "app0")],
    [{ verbs: ["lock"], key: "a" }, permission("READWRITE", "a")],
    [{ verbs: ["write", "admin"] }, { access: "WRITE", key: key("\0"), end: key("\0") }],
    [{ verbs: ["release:approve"], key: "a" }, undefined],
  ])("the rule %j of /v1", (rule, expected) => {
    expect(permissionOf(rule)).toEqual(expected);
  });
});

describe("granting and revoking", () => {
  const over = (access: Access, from: string, end = "") => ruleOf(permission(access, from, end));

  test("keeps rules in order of their keys, and replaces the one over the same interval", () => {
    const first = rulesGranted([over("READ", "b")], permission("READ", "a"));
    expect(first).toEqual([over("READ", "a"), over("READ", "b")]);
    const second = rulesGranted(first, permission("WRITE", "a", "c"));
    expect(second).toEqual([over("READ", "a"), over("WRITE", "a", "c"), over("READ", "b")]);
    const third = rulesGranted(second, permission("READWRITE", "a", "c"));
    expect(third).toEqual([over("READ", "a"), over("READWRITE", "a", "c"), over("READ", "b")]);
  });

  test("takes away what is over exactly that interval", () => {
    const rules = [over("READ", "a"), over("READ", "a", "c")];
    expect(rulesRevoked(rules, permission("READ", "a"))).toEqual([over("READ", "a", "c")]);
    expect(rulesRevoked(rules, permission("READ", "a", "b"))).toBeUndefined();
    const other: RuleJson = { verbs: ["propose"], key: "a" };
    expect(rulesRevoked([other], permission("READ", "a"))).toBeUndefined();
  });
});

describe("a user that signed in", () => {
  const value = new Uint8Array();
  const rules = [ruleOf(permission("READ", "a", "c")), ruleOf(permission("READWRITE", "c", "e"))];
  const kindOf = (
    policy: Policy,
    needs: Parameters<Policy["decide"]>[1],
    caller: Caller = SIGNED_IN,
    keys: string[] = [],
  ) => policy.decide(caller, needs, 0, () => keys.map(key)).kind;

  test("reads by intervals that together cover what it asks for", () => {
    const range = (from: string, end: string) =>
      kindOf(policyOf(rules), needsOfQuery({ kind: "range", key: key(from), end: key(end) }));
    expect(range("a", "e")).toBe("allowed");
    expect(range("b", "d")).toBe("allowed");
    expect(range("a", "f")).toBe("denied");
    expect(range("a", "\0")).toBe("denied");
    expect(kindOf(policyOf(rules), needsOfWatch({ key: key("a"), end: key("e") }))).toBe("allowed");
  });

  test("writes and deletes what it may write, and reads what was there before where it may read", () => {
    const policy = policyOf([ruleOf(permission("WRITE", "a", "c"))]);
    expect(kindOf(policy, needsOfOp({ kind: "put", key: key("a"), value }))).toBe("allowed");
    expect(kindOf(policy, needsOfOp({ kind: "put", key: key("a"), value, prevKv: true }))).toBe("denied");
    expect(kindOf(policy, needsOfOp({ kind: "delete", key: key("a"), end: key("c") }))).toBe("allowed");
    expect(kindOf(policy, needsOfOp({ kind: "delete", key: key("a"), end: key("d") }))).toBe("denied");
  });

  test("has leases, and those ends that are tied to what it may write", () => {
    const policy = policyOf(rules);
    const tied = needsOfOp({ kind: "put", key: key("c"), value, lease: "7" });
    expect(kindOf(policy, needsOfOp({ kind: "lease-grant", lease: "7", ttl: 60 }))).toBe("allowed");
    expect(kindOf(policy, tied, SIGNED_IN, ["c", "d"])).toBe("allowed");
    expect(kindOf(policy, tied, SIGNED_IN, ["a"])).toBe("denied");
    expect(kindOf(policy, needsOfOp({ kind: "lease-revoke", lease: "7" }), SIGNED_IN, ["a"])).toBe("denied");
  });

  test("with the role of root may do everything, whatever the role says", () => {
    const policy = policyOf([], { role: "root" });
    expect(kindOf(policy, needsOfOp({ kind: "compact", revision: 2 }))).toBe("allowed");
    expect(kindOf(policyOf(rules), needsOfOp({ kind: "compact", revision: 2 }))).toBe("denied");
    const named: Caller = { kind: "named", name: "user:alice" };
    expect(kindOf(policy, needsOfOp({ kind: "compact", revision: 2 }), named)).toBe("allowed");
  });

  test("is nobody once its documents are others, or authentication is off", () => {
    const others: Caller = { kind: "user", name: "alice", login: "auth-0.alice-1" };
    const bob: Caller = { kind: "user", name: "bob", login: loginOf(AUTH, ALICE) };
    for (const [policy, caller] of [
      [policyOf(rules), others],
      [policyOf(rules), bob],
      [policyOf(rules, { isOn: false }), SIGNED_IN],
    ] as const) {
      expect(policy.decide(caller, [], 0)).toMatchObject({ kind: "denied", why: "unauthenticated" });
    }
  });
});

describe("an open server", () => {
  const put = needsOfOp({ kind: "put", key: key("c"), value: new Uint8Array() });
  const open = (otherwise: Caller): Caller => ({ kind: "open", otherwise });
  const rules = [ruleOf(permission("WRITE", "c"))];

  test("takes everybody for root where nobody signs in", () => {
    const policy = policyOf(rules, { isOn: false });
    expect(policy.decide(open({ kind: "unknown" }), put, 0)).toMatchObject({ kind: "allowed", actor: "root" });
  });

  test("takes everybody for who they are where users do", () => {
    const policy = policyOf(rules);
    expect(policy.decide(open({ kind: "anonymous" }), put, 0)).toMatchObject({ why: "unauthenticated" });
    expect(policy.decide(open({ kind: "unknown" }), put, 0)).toMatchObject({ why: "unauthenticated" });
    expect(policy.decide(open(SIGNED_IN), put, 0)).toMatchObject({ kind: "allowed", actor: "user:alice" });
    const ticket: Caller = { kind: "ticket", of: open({ kind: "anonymous" }), verbs: ["write"], namespace: "a" };
    expect(policy.decide(ticket, put, 0).kind).toBe("denied");
  });

  test("is closed by a document that is not as it should be", () => {
    const policy = new Policy({ revision: 1, documents: [{ path: "policy/auth", text: '{"other":1}' }] });
    expect(policy.decide(open({ kind: "anonymous" }), put, 0).kind).toBe("denied");
  });
});
