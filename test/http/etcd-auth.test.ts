import { describe, expect, test } from "vitest";
import { OPEN } from "../../src/http/authenticate.ts";
import { appSend, freshNamespace, problemOf, type Send } from "./app.ts";

const ROOT = "r00t";

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A namespace by etcd's gateway: of a deployment with a root token, or of a server that is open. */
class Gateway {
  readonly ns = freshNamespace();
  readonly #send: Send;

  constructor(access: "guarded" | "open") {
    this.#send = access === "open" ? appSend({ access: OPEN }) : appSend({ token: ROOT });
  }

  /** What was not answered in time, on a busy machine, is asked again: it may have happened the first time. */
  async ask(path: string, body: object, authorization?: string): Promise<Told> {
    for (let isAgain = false; ; isAgain = true) {
      const told = await this.#once(path, body, authorization);
      if (isAgain && HAPPENED.test(String(told.body.error))) return { status: 200, body: {} };
      if (told.body.code !== UNAVAILABLE) return told;
    }
  }

  async #once(path: string, body: object, authorization: string | undefined): Promise<Told> {
    const response = await this.#send(`/v3/${path}`, {
      method: "POST",
      headers: { "synod-namespace": this.ns, ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  /** What succeeds. */
  async done(path: string, body: object, authorization?: string): Promise<Record<string, unknown>> {
    const { status, body: told } = await this.ask(path, body, authorization);
    expect([path, status, status === 200 ? undefined : told]).toEqual([path, 200, undefined]);
    return told;
  }

  /** The code and the words of an error. */
  async refused(path: string, body: object, authorization?: string): Promise<readonly [unknown, unknown]> {
    const { body: told } = await this.ask(path, body, authorization);
    return [told.code, told.error];
  }

  /** The first that a watch tells. */
  async watched(key: string, authorization: string): Promise<unknown> {
    const response = await this.#send("/v3/watch", {
      method: "POST",
      headers: { "synod-namespace": this.ns, authorization },
      body: JSON.stringify({ create_request: { key: btoa(key) } }),
    });
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    await reader?.cancel();
    return (JSON.parse(new TextDecoder().decode(value)) as { readonly result: unknown }).result;
  }

  native(path: string, init: RequestInit = {}): Promise<Response> {
    return this.#send(`/v1/${this.ns}${path}`, init);
  }

  async user(by: string | undefined, name: string, password: string, ...roles: readonly string[]): Promise<void> {
    await this.done("auth/user/add", { name, password }, by);
    for (const role of roles) await this.done("auth/user/grant", { user: name, role }, by);
  }

  async role(by: string | undefined, name: string, ...permissions: readonly object[]): Promise<void> {
    await this.done("auth/role/add", { name }, by);
    for (const perm of permissions) await this.done("auth/role/grant", { name, perm }, by);
  }

  async signIn(name: string, password: string): Promise<string> {
    const { token } = await this.done("auth/authenticate", { name, password });
    expect(typeof token).toBe("string");
    return String(token);
  }

  /** With users root and alice; alice reads and writes what begins with `app/`. @returns their tokens. */
  async enabled(by: string | undefined): Promise<{ readonly root: string; readonly alice: string }> {
    await this.user(by, "root", "r", "root");
    await this.role(by, "app", { permType: "READWRITE", key: btoa("app/"), range_end: btoa("app0") });
    await this.user(by, "alice", "a", "app");
    await this.done("auth/enable", {}, by);
    return { root: await this.signIn("root", "r"), alice: await this.signIn("alice", "a") };
  }
}

const UNAVAILABLE = 14;
const HAPPENED = /already exists|not found|not granted/;
const DENIED = [7, "etcdserver: permission denied"] as const;
const INVALID = [16, "etcdserver: invalid auth token"] as const;
const EMPTY = [3, "etcdserver: user name is empty"] as const;
const put = (key: string) => ({ key: btoa(key), value: btoa("v") });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe.each([
  ["a deployment", "guarded", ROOT],
  ["an open server", "open", undefined],
] as const)("users of %s", (_, access, by) => {
  test("may what their roles allow, by a bare token, as a bearer's, and at /v1", async () => {
    const at = new Gateway(access);
    const { root, alice } = await at.enabled(by);
    await at.done("kv/put", put("app/a"), alice);
    await at.done("kv/put", put("app/a"), `Bearer ${alice}`);
    await at.done("kv/put", put("other"), root);
    expect(await at.refused("kv/put", put("other"), alice)).toEqual(DENIED);
    expect(await at.refused("kv/range", { key: btoa("a"), range_end: btoa("b") }, alice)).toEqual(DENIED);
    expect(await at.refused("auth/user/list", {}, alice)).toEqual(DENIED);
    expect((await at.native("/kv/app%2Fa", { headers: bearer(alice) })).status).toBe(200);
    await problemOf(await at.native("/kv/other", { headers: bearer(alice) }), "forbidden");
    expect(await (await at.native("/whoami", { headers: bearer(alice) })).json()).toMatchObject({
      principal: "user:alice",
      verbs: ["read", "write", "delete", "watch", "lease"],
    });
  });

  test("nobody is let in without a token, or with a wrong one, at /v3 or /v1", async () => {
    const at = new Gateway(access);
    const { alice } = await at.enabled(by);
    const forged = `${alice.slice(0, -4)}AAAA`;
    for (const path of ["kv/put", "auth/user/list", "auth/disable", "auth/enable"]) {
      expect(await at.refused(path, put("app/a"))).toEqual(EMPTY);
      expect(await at.refused(path, put("app/a"), forged)).toEqual(INVALID);
    }
    await problemOf(await at.native("/kv/app%2Fa"), "unauthorized");
    await problemOf(await at.native("/kv/app%2Fa", { headers: bearer(forged) }), "unauthorized");
    await problemOf(await at.native("/backup"), "unauthorized");
  });

  test("a password that is changed, or a user that is deleted, ends their tokens", async () => {
    const at = new Gateway(access);
    const { root, alice } = await at.enabled(by);
    await at.done("auth/user/changepw", { name: "alice", password: "new" }, root);
    expect(await at.refused("kv/put", put("app/a"), alice)).toEqual(INVALID);
    expect(await at.refused("auth/authenticate", { name: "alice", password: "a" })).toEqual([
      3,
      "etcdserver: authentication failed, invalid user ID or password",
    ]);
    const second = await at.signIn("alice", "new");
    await at.done("kv/put", put("app/a"), second);
    await at.done("auth/user/delete", { name: "alice" }, root);
    expect(await at.refused("kv/put", put("app/a"), second)).toEqual(INVALID);
    await at.user(root, "alice", "new");
    expect(await at.refused("kv/put", put("app/a"), second)).toEqual(INVALID);
    expect(await at.refused("kv/put", put("app/a"), await at.signIn("alice", "new"))).toEqual(DENIED);
  });

  test("a permission, a role or a grant that is taken back is missing at once", async () => {
    const at = new Gateway(access);
    const { root, alice } = await at.enabled(by);
    const mayWrite = async () => (await at.ask("kv/put", put("app/a"), alice)).status === 200;
    expect(await mayWrite()).toBe(true);
    await at.done("auth/user/revoke", { name: "alice", role: "app" }, root);
    expect(await mayWrite()).toBe(false);
    await at.done("auth/user/grant", { user: "alice", role: "app" }, root);
    expect(await mayWrite()).toBe(true);
    await at.done("auth/role/revoke", { role: "app", key: btoa("app/"), range_end: btoa("app0") }, root);
    expect(await mayWrite()).toBe(false);
    const perm = { permType: "WRITE", key: btoa("app/"), range_end: btoa("\0") };
    await at.done("auth/role/grant", { name: "app", perm }, root);
    expect(await mayWrite()).toBe(true);
    await at.done("auth/role/delete", { role: "app" }, root);
    expect(await mayWrite()).toBe(false);
    await at.role(root, "app", perm);
    expect(await mayWrite()).toBe(false);
  });

  test("what signed in before authentication was disabled does not hold after it is enabled again", async () => {
    const at = new Gateway(access);
    const { root, alice } = await at.enabled(by);
    await at.done("auth/disable", {}, root);
    expect(await at.refused("auth/authenticate", { name: "alice", password: "a" })).toEqual([
      9,
      "etcdserver: authentication is not enabled",
    ]);
    await at.done("auth/enable", {}, by);
    expect(await at.refused("kv/put", put("app/a"), alice)).toEqual(INVALID);
    await at.done("kv/put", put("app/a"), await at.signIn("alice", "a"));
  });

  test("root stays, and keeps its role, while authentication is on", async () => {
    const at = new Gateway(access);
    const { root } = await at.enabled(by);
    const management = [3, "etcdserver: invalid auth management"];
    expect(await at.refused("auth/user/delete", { name: "root" }, root)).toEqual(management);
    expect(await at.refused("auth/user/revoke", { name: "root", role: "root" }, root)).toEqual(management);
    expect(await at.refused("auth/role/delete", { role: "root" }, root)).toEqual(management);
  });

  test("see themselves and their roles, and no others", async () => {
    const at = new Gateway(access);
    const { alice } = await at.enabled(by);
    expect(await at.done("auth/user/get", { name: "alice" }, alice)).toMatchObject({ roles: ["app"] });
    expect((await at.done("auth/role/get", { role: "app" }, alice)).perm).toEqual([
      { permType: "READWRITE", key: btoa("app/"), range_end: btoa("app0") },
    ]);
    expect(await at.refused("auth/user/get", { name: "root" }, alice)).toEqual(DENIED);
    expect(await at.refused("auth/role/get", { role: "none" }, alice)).toEqual(DENIED);
  });

  test("a watch is told why not, as etcd tells it", async () => {
    const at = new Gateway(access);
    const { alice } = await at.enabled(by);
    expect(await at.watched("other", alice)).toMatchObject({
      watch_id: "-1",
      created: true,
      canceled: true,
      cancel_reason: "rpc error: code = PermissionDenied desc = etcdserver: permission denied",
    });
  });

  test("a key is tied to a lease by whoever may write all that is tied to it", async () => {
    const at = new Gateway(access);
    const { root, alice } = await at.enabled(by);
    await at.done("lease/grant", { ID: 7, TTL: 600 }, alice);
    await at.done("kv/put", { ...put("app/a"), lease: 7 }, alice);
    await at.done("kv/put", { ...put("other"), lease: 7 }, root);
    expect(await at.refused("kv/put", { ...put("app/a"), lease: 7 }, alice)).toEqual(DENIED);
    expect(await at.refused("lease/revoke", { ID: 7 }, alice)).toEqual(DENIED);
    await at.done("lease/revoke", { ID: 7 }, root);
  });
});

test("authentication is enabled only with a user root that has the role of root", async () => {
  const at = new Gateway("guarded");
  await at.done("auth/disable", {}, ROOT);
  expect(await at.refused("auth/enable", {}, ROOT)).toEqual([9, "etcdserver: root user does not exist"]);
  await at.user(ROOT, "root", "r");
  expect(await at.refused("auth/enable", {}, ROOT)).toEqual([9, "etcdserver: root user does not have root role"]);
  await at.done("auth/user/grant", { user: "root", role: "root" }, ROOT);
  await at.done("auth/enable", {}, ROOT);
  await at.done("auth/enable", {}, ROOT);
});

test("a token is of its namespace, and where nobody signs in it is nobody's", async () => {
  const at = new Gateway("guarded");
  const { root } = await at.enabled(ROOT);
  const other = new Gateway("guarded");
  await other.done("kv/put", put("a"), ROOT);
  expect(await other.refused("kv/put", put("a"), root)).toEqual(INVALID);
  await other.enabled(ROOT);
  expect(await other.refused("kv/put", put("a"), root)).toEqual(INVALID);
});

test("roles and grants are the same at /v1", async () => {
  const at = new Gateway("guarded");
  const { alice } = await at.enabled(ROOT);
  const json = async (path: string) => (await at.native(path, { headers: bearer(ROOT) })).json();
  expect(await json("/roles/app")).toMatchObject({
    rules: [{ verbs: ["read", "watch", "write", "delete"], from: "app/", to: "app0" }],
  });
  expect(await json("/bindings/etcd.app")).toMatchObject({ role: "app", principals: ["user:alice"] });
  const bind = { role: "reader", principals: ["user:alice"] };
  const headers = bearer(ROOT);
  expect((await at.native("/bindings/all", { method: "PUT", headers, body: JSON.stringify(bind) })).status).toBe(200);
  await at.done("kv/range", { key: btoa("other") }, alice);
  expect(await at.done("auth/user/get", { name: "alice" }, alice)).toMatchObject({ roles: ["app", "reader"] });
  await at.done("auth/user/revoke", { name: "alice", role: "reader" }, ROOT);
  expect(await at.refused("kv/range", { key: btoa("other") }, alice)).toEqual(DENIED);
});

test("neither a password nor its hash is in an answer", async () => {
  const at = new Gateway("guarded");
  await at.user(ROOT, "root", "correct horse", "root");
  const told = await Promise.all([
    at.ask("auth/user/get", { name: "root" }, ROOT),
    at.ask("auth/user/list", {}, ROOT),
    at.ask("kv/range", { key: btoa("\0"), range_end: btoa("\0") }, ROOT),
  ]);
  expect(JSON.stringify(told)).not.toMatch(/correct horse|SHA|salt|"key"|login/);
});

test("who has no password signs in by none", async () => {
  const at = new Gateway("guarded");
  await at.enabled(ROOT);
  await at.done("auth/user/add", { name: "robot", options: { no_password: true } }, ROOT);
  expect(await at.refused("auth/authenticate", { name: "robot", password: "" })).toEqual([
    2,
    "auth: authentication failed, password was given for no password user",
  ]);
});

test("a password is tried only so often", async () => {
  const at = new Gateway("guarded");
  await at.enabled(ROOT);
  const codes = new Set<unknown>();
  for (let n = 0; n < 40 && !codes.has(8); n++) {
    codes.add((await at.refused("auth/authenticate", { name: "mallory", password: `${n}` }))[0]);
  }
  expect([...codes]).toEqual([3, 8]);
  await at.signIn("alice", "a");
});

test("changes that come at once all happen", async () => {
  const at = new Gateway("guarded");
  await at.role(ROOT, "app");
  const names = ["a", "b", "c", "d"];
  await Promise.all(names.map((name) => at.done("auth/user/add", { name, options: { no_password: true } }, ROOT)));
  await Promise.all(names.map((user) => at.done("auth/user/grant", { user, role: "app" }, ROOT)));
  expect(await at.done("auth/user/list", {}, ROOT)).toMatchObject({ users: names });
  for (const name of names) {
    expect(await at.done("auth/user/get", { name }, ROOT)).toMatchObject({ roles: ["app"] });
  }
});

test("names, permissions and roles that cannot be are refused", async () => {
  const at = new Gateway("guarded");
  await at.role(ROOT, "app");
  const code = async (path: string, body: object) => (await at.refused(path, body, ROOT))[0];
  expect(await code("auth/user/add", { name: "two words" })).toBe(3);
  expect(await code("auth/role/add", { name: "a/b" })).toBe(3);
  expect(await code("auth/role/add", { name: "reader" })).toBe(9);
  expect(await code("auth/role/delete", { role: "reader" })).toBe(3);
  expect(await code("auth/role/grant", { name: "app" })).toBe(3);
  expect(await code("auth/role/grant", { name: "app", perm: { permType: 7, key: btoa("a") } })).toBe(3);
});

test("an open server whose users sign in is open in its other namespaces", async () => {
  const at = new Gateway("open");
  await at.enabled(undefined);
  const other = new Gateway("open");
  await other.done("kv/put", put("a"));
  await other.done("kv/put", put("a"), "whatever");
  expect((await other.native("/kv/a")).status).toBe(200);
});
