import type { Random } from "../random.ts";
import { base64, chance } from "./values.ts";

/** What is known of users and roles, so that requests are about something. Taken from etcd's answers. */
export interface AuthWorld {
  isOn: boolean;
  /** By name; undefined: without a password. */
  readonly passwords: Map<string, string | undefined>;
  /** Tokens by the name of who signed in, etcd's first. Those that do not hold any more stay. */
  readonly tokens: Map<string, readonly [string, string]>;
  readonly leases: string[];
}

export function authWorldNew(): AuthWorld {
  return { isOn: false, passwords: new Map(), tokens: new Map(), leases: [] };
}

/** One request to both servers, by somebody who signed in, or nobody. */
export interface AuthAsked {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly by?: string | undefined;
}

const USERS = ["root", "alice", "bob", "carol", "d.e@f-g_h"];
const ROLES = ["root", "r1", "r2", "r3", "r.4"];
const PASSWORDS = ["p", "q", "", "пароль"];

/** Each begins at a key of its own: of two with one key etcd confuses permissions (see `kept.ts`). */
const INTERVALS: readonly { readonly key: string; readonly range_end?: string }[] = [
  { key: "a/1" },
  { key: "a/2", range_end: "a/4" },
  { key: "a/4", range_end: "a/6" },
  { key: "a/", range_end: "a0" },
  { key: "b/", range_end: "b0" },
  { key: "b/5", range_end: "\0" },
  { key: "b/7" },
  { key: "\0", range_end: "\0" },
  { key: "", range_end: "" },
].map(({ key, range_end: end }) => ({ key: base64(key), ...(end === undefined ? {} : { range_end: base64(end) }) }));
const PERMISSIONS = ["READ", "WRITE", "READWRITE", 0, 1, 2];

export function authAskedOf(random: Random, world: AuthWorld): AuthAsked {
  if (chance(random, 0.2)) {
    const step = towardsUse(random, world);
    if (step !== undefined) return step;
  }
  const kind = random.next();
  if (kind < 0.35) return managing(random, world);
  if (kind < 0.45) return signingIn(random, world);
  if (kind < 0.48) return switching(random, world);
  const by = anybody(random, world);
  return { ...using(random, world, by !== undefined), by };
}

/** What is missing before users may do things: authentication that is on, roles with permissions, tokens. */
function towardsUse(random: Random, { isOn, passwords, tokens }: AuthWorld): AuthAsked | undefined {
  if (!passwords.has("root")) return { path: "auth/user/add", body: { name: "root", password: "p" } };
  if (!isOn) {
    if (chance(random, 0.5)) return { path: "auth/user/grant", body: { user: "root", role: "root" } };
    return { path: "auth/enable", body: {} };
  }
  const missing = [...passwords].filter(([name, password]) => password !== undefined && !tokens.has(name));
  if (missing.length === 0) return undefined;
  const [name, password] = random.pick(missing);
  return { path: "auth/authenticate", body: { name, password } };
}

/** Until it is on, and after it was off, tokens are nothing to etcd. */
function anybody(random: Random, { isOn, tokens }: AuthWorld): string | undefined {
  const known = [...tokens.keys()];
  if (!isOn || known.length === 0 || chance(random, 0.06)) return undefined;
  return chance(random, 0.3) && tokens.has("root") ? "root" : random.pick(known);
}

function administrator(random: Random, world: AuthWorld): string | undefined {
  return world.isOn && world.tokens.has("root") && chance(random, 0.85) ? "root" : anybody(random, world);
}

function managing(random: Random, world: AuthWorld): AuthAsked {
  const [user, role] = [random.pick(USERS), random.pick(ROLES)];
  const password = random.pick(PASSWORDS);
  const options = chance(random, 0.15) ? { options: { no_password: true } } : {};
  const name = chance(random, 0.03) ? "" : user;
  const asked = random.pick<readonly [string, Record<string, unknown>]>([
    ["user/add", { name, password, ...options }],
    ["user/add", { name, password, ...options }],
    ["user/get", { name }],
    ["user/list", {}],
    ["user/grant", { user, role }],
    ["user/grant", { user, role }],
    ["user/grant", { user, role }],
    ["user/revoke", { name: user, role }],
    ["role/add", { name: chance(random, 0.03) ? "" : role }],
    ["role/add", { name: role }],
    ["role/get", { role }],
    ["role/list", {}],
    ["role/grant", { name: role, perm: { permType: random.pick(PERMISSIONS), ...random.pick(INTERVALS) } }],
    ["role/grant", { name: role, perm: { permType: random.pick(PERMISSIONS), ...random.pick(INTERVALS) } }],
    ["role/grant", { name: role, perm: { permType: random.pick(PERMISSIONS), ...random.pick(INTERVALS) } }],
    ["role/revoke", { role, ...random.pick(INTERVALS) }],
    rare(random, user, role, password),
  ]);
  return { path: `auth/${asked[0]}`, body: asked[1], by: administrator(random, world) };
}

/** What ends most that others do. */
function rare(
  random: Random,
  user: string,
  role: string,
  password: string,
): readonly [string, Record<string, unknown>] {
  return random.pick<readonly [string, Record<string, unknown>]>([
    ["user/delete", { name: user }],
    ["user/changepw", { name: user, password }],
    ["role/delete", { role }],
    ["role/get", { role: 5 }],
    ["role/grant", { name: role, perm: { permType: "NONE", key: "YQ==" } }],
  ]);
}

function signingIn(random: Random, { passwords }: AuthWorld): AuthAsked {
  const name = chance(random, 0.1) ? random.pick(["nobody", ""]) : random.pick(USERS);
  const password = chance(random, 0.15) ? "wrong" : (passwords.get(name) ?? "p");
  return { path: "auth/authenticate", body: { name, password } };
}

function switching(random: Random, world: AuthWorld): AuthAsked {
  const path = world.isOn && chance(random, 0.3) ? "auth/disable" : "auth/enable";
  return { path, body: {}, by: administrator(random, world) };
}

const keyOf = (random: Random): string => base64(`${random.pick(["a", "b"])}/${random.integer(0, 9)}`);

/** From a key to one above it: an interval that has no keys is permitted to anybody here. */
function rangeOf(random: Random): Record<string, unknown> {
  const kind = random.next();
  if (kind < 0.5) return { key: keyOf(random) };
  if (kind < 0.9) {
    const from = random.integer(0, 8);
    const to = random.integer(from, 8);
    const folder = random.pick(["a", "b"]);
    return { key: base64(`${folder}/${from}`), range_end: base64(`${folder}/${to + 1}`) };
  }
  return { key: base64(random.pick(["\0", "a/", "b/5"])), range_end: base64("\0") };
}

function using(random: Random, world: AuthWorld, isSomebody: boolean): AuthAsked {
  const kind = random.next();
  const value = base64("v");
  if (kind < 0.3) {
    const prev = chance(random, 0.3) ? { prev_kv: true } : {};
    const lease = world.leases.length > 0 && chance(random, 0.4) ? { lease: random.pick(world.leases) } : {};
    return { path: "kv/put", body: { key: keyOf(random), value, ...prev, ...lease } };
  }
  if (kind < 0.6) return { path: "kv/range", body: rangeOf(random) };
  if (kind < 0.7) return { path: "kv/deleterange", body: { ...rangeOf(random), prev_kv: chance(random, 0.3) } };
  if (kind < 0.85) return { path: "kv/txn", body: txn(random, value) };
  if (kind < 0.92) return { path: "watch", body: { create_request: rangeOf(random) } };
  // Without a token nobody has leases here (see `kept.ts`).
  if (!isSomebody) return { path: "kv/range", body: rangeOf(random) };
  if (kind < 0.96) return { path: "lease/grant", body: { ID: `${random.integer(100, 110)}`, TTL: "3600" } };
  return { path: "lease/revoke", body: { ID: `${random.integer(100, 111)}` } };
}

/** No transaction within one, and no previous values or leases of puts in it: etcd checks none of these there. */
function txn(random: Random, value: string): Record<string, unknown> {
  const part = (key: string): Record<string, unknown> =>
    random.pick<Record<string, unknown>>([
      { request_put: { key, value } },
      { request_range: rangeOf(random) },
      { request_delete_range: { key, prev_kv: chance(random, 0.3) } },
    ]);
  const compare = chance(random, 0.5) ? [{ key: keyOf(random), target: "VERSION", result: "EQUAL", version: "0" }] : [];
  return {
    compare,
    success: chance(random, 0.8) ? [part(keyOf(random))] : [],
    failure: chance(random, 0.5) ? [part(keyOf(random))] : [],
  };
}
