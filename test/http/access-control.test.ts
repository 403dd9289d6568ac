import { describe, expect, test } from "vitest";
import { ticketFor } from "../../src/http/ticket.ts";
import { appSend, freshNamespace, problemOf, type Send } from "./app.ts";

const ROOT = "r00t";

/** A namespace of a deployment with a root token. */
class Guarded {
  readonly ns = freshNamespace();
  readonly #send: Send = appSend({ token: ROOT });

  as(token: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    return this.#send(`/v1/${this.ns}${path}`, { ...init, headers });
  }

  json(token: string | undefined, method: string, path: string, body: unknown): Promise<Response> {
    return this.as(token, path, { method, body: JSON.stringify(body) });
  }

  async role(name: string, ...rules: readonly object[]): Promise<void> {
    expect((await this.json(ROOT, "PUT", `/roles/${name}`, { rules })).status).toBe(200);
  }

  /** A fresh token with these roles. */
  async token(...roles: readonly string[]): Promise<{ readonly id: string; readonly token: string }> {
    const response = await this.json(ROOT, "POST", "/tokens", { roles });
    expect(response.status).toBe(201);
    return response.json();
  }

  put(token: string | undefined, key: string, init: RequestInit = {}): Promise<Response> {
    return this.as(token, `/kv/${key}`, { method: "PUT", body: "v", ...init });
  }
}

/** What anybody can sign where there is no root token to sign with. */
function forgedTicket(): string {
  const caller = { kind: "root" } as const;
  return ticketFor({ namespace: "a", caller, verbs: ["watch", "read"], until: Date.now() + 60_000 }, []);
}

describe("a token", () => {
  test("may what its roles allow, and nothing else", async () => {
    const at = new Guarded();
    await at.role("app", { verbs: ["read", "write"], prefix: "app/" });
    const { token } = await at.token("app");
    expect((await at.put(token, "app%2Fa")).status).toBe(201);
    expect((await at.as(token, "/kv/app%2Fa")).status).toBe(200);
    for (const denied of [
      await at.put(token, "other"),
      await at.as(token, "/kv/other"),
      await at.as(token, "/kv?prefix=ap"),
      await at.as(token, "/kv/app%2Fa", { method: "DELETE" }),
      await at.as(token, "/watch?prefix=app%2F", { headers: { accept: "text/event-stream" } }),
      await at.json(token, "POST", "/compact", { revision: 2 }),
      await at.json(token, "PUT", "/roles/mine", { rules: [{ verbs: ["admin"] }] }),
      await at.json(token, "POST", "/tokens", { roles: ["admin"] }),
      await at.as(token, "/tokens"),
    ]) {
      await problemOf(denied, "forbidden");
    }
    expect((await at.as(token, "/kv?prefix=app%2F")).status).toBe(200);
  });

  test("is checked in both branches of a transaction, and in what it compares", async () => {
    const at = new Guarded();
    await at.role("app", { verbs: ["read", "write"], prefix: "app/" });
    const { token } = await at.token("app");
    const own = { put: { key: "app/a", value: "1" } };
    const foreign = { put: { key: "b", value: "1" } };
    const run = (json: object) => at.json(token, "POST", "/txn", json);
    expect((await run({ success: [own] })).status).toBe(200);
    await problemOf(await run({ success: [own], failure: [foreign] }), "forbidden");
    await problemOf(await run({ compare: [{ key: "b", version: 0 }], success: [own] }), "forbidden");
  });

  test("is named in what it wrote", async () => {
    const at = new Guarded();
    const { id, token } = await at.token("writer");
    await at.put(token, "a");
    const response = await at.as(ROOT, "/kv/a");
    expect(decodeURIComponent(response.headers.get("synod-actor") ?? "")).toBe(`token:${id}`);
    expect(Date.parse(response.headers.get("synod-time") ?? "")).toBeGreaterThan(0);
  });

  test("that is revoked does nothing that is ordered after the revocation", async () => {
    const at = new Guarded();
    const { id, token } = await at.token("writer");
    expect((await at.put(token, "a")).status).toBe(201);
    expect((await at.as(ROOT, `/tokens/${id}`, { method: "DELETE" })).status).toBe(200);
    await problemOf(await at.put(token, "a"), "unauthorized");
    await problemOf(await at.as(token, "/kv/a?consistency=local"), "unauthorized");
  });

  test("gets a new secret; the old one works for as long as they overlap", async () => {
    const at = new Guarded();
    const { id, token } = await at.token("writer");
    const rotated = async (body: object) =>
      (await (await at.json(ROOT, "POST", `/tokens/${id}/rotate`, body)).json()) as { readonly token: string };
    const second = await rotated({ overlap_s: 3_600 });
    expect((await at.put(token, "a")).status).toBe(201);
    expect((await at.put(second.token, "a")).status).toBe(200);
    const third = await rotated({});
    await problemOf(await at.put(token, "a"), "unauthorized");
    await problemOf(await at.put(second.token, "a"), "unauthorized");
    expect((await at.put(third.token, "a")).status).toBe(200);
  });

  test("its secret is nowhere but in the answer that made it", async () => {
    const at = new Guarded();
    const { id, token } = await at.token("admin");
    const secret = token.slice(`syn_${id}_`.length);
    const listed = await (await at.as(ROOT, "/tokens")).text();
    expect(listed).toContain(id);
    expect(listed).not.toContain(secret);
    expect(listed).not.toContain("hash");
  });

  test.each(["syn_abcdefgh_0123456789012345678901234567890123456789012", "syn_x", "nobody", "a.b.c"])(
    "%s is nobody's",
    async (token) => {
      await problemOf(await new Guarded().put(token, "a"), "unauthorized");
    },
  );
});

test("what a role loses is in force for the next request, and a repeat of a refused request takes effect once", async () => {
  const at = new Guarded();
  await at.role("app", { verbs: ["write"] });
  const { token } = await at.token("app");
  const headers = { "idempotency-key": "once" };
  await at.role("app", { verbs: ["read"] });
  await problemOf(await at.put(token, "a", { headers }), "forbidden");
  await at.role("app", { verbs: ["write"] });
  expect((await at.put(token, "a", { headers })).status).toBe(201);
  expect((await at.put(token, "a", { headers })).headers.get("synod-revision")).toBe(
    (await at.put(token, "a", { headers })).headers.get("synod-revision"),
  );
});

test("anonymous callers have what a binding grants them, and nothing otherwise", async () => {
  const at = new Guarded();
  await at.put(ROOT, "public%2Fa");
  await problemOf(await at.as(undefined, "/kv/public%2Fa"), "unauthorized");
  await at.role("public", { verbs: ["read"], prefix: "public/" });
  await at.json(ROOT, "PUT", "/bindings/everybody", { role: "public", principals: ["anonymous"] });
  expect((await at.as(undefined, "/kv/public%2Fa")).status).toBe(200);
  await problemOf(await at.put(undefined, "public%2Fa"), "unauthorized");
});

test("whoami and access:explain say who and why", async () => {
  const at = new Guarded();
  await at.role("app", { verbs: ["read"], prefix: "app/" });
  const { id, token } = await at.token("app");
  expect(await (await at.as(token, "/whoami")).json()).toMatchObject({ principal: `token:${id}`, verbs: ["read"] });
  const explain = async (who: string, body: object) =>
    (await at.json(who, "POST", "/access:explain", body)).json() as Promise<object>;
  expect(await explain(token, { verb: "read", key: "app/a" })).toMatchObject({ allowed: true, role: "app" });
  expect(await explain(token, { verb: "write", key: "app/a" })).toMatchObject({ allowed: false });
  const about = { principal: `token:${id}`, verb: "read", prefix: "app/" };
  expect(await explain(ROOT, about)).toMatchObject({ allowed: true, role: "app" });
  await problemOf(await at.json(token, "POST", "/access:explain", about), "forbidden");
});

describe("a ticket", () => {
  const ticketOf = async (at: Guarded, token: string, body: object = {}) =>
    ((await (await at.json(token, "POST", "/tickets", body)).json()) as { readonly ticket: string }).ticket;

  test("stands for its caller in a URL, for these verbs and this namespace", async () => {
    const at = new Guarded();
    const { token } = await at.token("writer");
    await at.put(token, "a");
    const ticket = await ticketOf(at, token);
    expect((await at.as(undefined, `/kv/a?ticket=${ticket}`)).status).toBe(400);
    const opened = await at.as(undefined, `/watch?prefix=&ticket=${ticket}`, { headers: { upgrade: "websocket" } });
    expect(opened.status).toBe(101);
    opened.webSocket?.accept();
    opened.webSocket?.close();
    const elsewhere = new Guarded();
    const path = `/watch?prefix=&ticket=${ticket}`;
    await problemOf(await elsewhere.as(undefined, path, { headers: { upgrade: "websocket" } }), "forbidden");
    const forged = `${ticket.slice(0, -2)}AA`;
    await problemOf(
      await at.as(undefined, `/watch?prefix=&ticket=${forged}`, { headers: { upgrade: "websocket" } }),
      "unauthorized",
    );
  });

  test("is for its namespace in etcd's gateway too, whoever asked for it", async () => {
    const at = new Guarded();
    const ticket = await ticketOf(at, ROOT, { verbs: ["read"] });
    const range = (namespace: string) =>
      appSend({ token: ROOT })(`/v3/kv/range?ticket=${ticket}`, {
        method: "POST",
        headers: { "synod-namespace": namespace },
        body: JSON.stringify({ key: btoa("a") }),
      });
    expect((await range(at.ns)).status).toBe(200);
    expect((await range(new Guarded().ns)).status).toBe(403);
  });

  test("gives nobody more than the caller has", async () => {
    const at = new Guarded();
    const { token } = await at.token("reader");
    await problemOf(await at.json(token, "POST", "/tickets", { verbs: ["write"] }), "forbidden");
  });
});

test("a standing watch ends when it is not permitted any more", async () => {
  const at = new Guarded();
  const { id, token } = await at.token("reader");
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}` };
  const { webSocket } = await at.as(undefined, "/watch?prefix=", { headers });
  const frames: string[] = [];
  const closed = new Promise<number>((resolve) => {
    webSocket?.addEventListener("message", ({ data }) => frames.push(String(data)));
    webSocket?.addEventListener("close", ({ code }) => resolve(code));
  });
  webSocket?.accept();
  await at.put(ROOT, "a");
  await at.as(ROOT, `/tokens/${id}`, { method: "DELETE" });
  await at.put(ROOT, "secret");
  expect(await closed).toBe(4401);
  expect(frames.join("\n")).not.toContain("secret");
  expect(frames.at(-1)).toContain('"code":"forbidden"');
});

test("a deployment without a root token lets nobody in, and says how to set one", async () => {
  const send = appSend({ access: { isOpen: false, rootTokens: [] } });
  for (const path of ["/v1/a/kv/b", "/v1/a/status", "/v1/a/whoami"]) {
    const { detail } = await problemOf(await send(path, { headers: { authorization: "Bearer x" } }), "not-set-up");
    expect(detail).toContain("wrangler secret put SYNOD_ROOT_TOKEN");
  }
  const headers = { "sec-websocket-protocol": `synod.ticket.${forgedTicket()}` };
  await problemOf(await send("/ofrep/v1/events?namespace=a&set=default", { headers }), "not-set-up");
  const etcd = await send("/v3/kv/range", { method: "POST", body: "{}" });
  expect(etcd.status).toBe(503);
  expect((await send("/healthz")).status).toBe(200);
  expect((await send("/openapi.json")).status).toBe(200);
});

test("etcd's gateway tells it in etcd's words", async () => {
  const at = new Guarded();
  const { token } = await at.token("reader");
  const send = appSend({ token: ROOT });
  const ask = (authorization: string) =>
    send("/v3/kv/put", {
      method: "POST",
      headers: { "synod-namespace": at.ns, authorization },
      body: JSON.stringify({ key: btoa("a"), value: btoa("b") }),
    });
  const denied = await ask(token);
  expect(denied.status).toBe(403);
  expect(await denied.json()).toMatchObject({ code: 7, message: "etcdserver: permission denied" });
  expect((await ask(ROOT)).status).toBe(200);
});

describe("releases", () => {
  const input = { changes: [{ key: "app/a", value: "2" }], strategy: "AllAtOnce" };

  test("are for those who have their verbs over their keys", async () => {
    const at = new Guarded();
    await at.put(ROOT, "app%2Fa");
    await at.role("author", { verbs: ["release:author", "read"], prefix: "app/" });
    const author = await at.token("author");
    const reader = await at.token("reader");
    const made = await at.json(author.token, "POST", "/releases", input);
    expect(made.status).toBe(201);
    const { id, step } = (await made.json()) as { readonly id: string; readonly step: number };
    expect((await at.as(reader.token, `/releases/${id}`)).status).toBe(200);
    await problemOf(await at.json(reader.token, "POST", `/releases/${id}/rollback`, {}), "forbidden");
    await problemOf(await at.json(author.token, "POST", `/releases/${id}/approve`, {}), "invalid-request");
    const headers = { "if-match": `"${step}"` };
    await problemOf(await at.as(author.token, `/releases/${id}/approve`, { method: "POST", headers }), "forbidden");
    const other = { changes: [{ key: "other", value: "2" }], strategy: "AllAtOnce" };
    await problemOf(await at.json(author.token, "POST", "/releases", other), "forbidden");
  });

  test("a key that one holds is written over by operators alone", async () => {
    const at = new Guarded();
    await at.put(ROOT, "app%2Fa");
    expect((await at.json(ROOT, "POST", "/releases", input)).status).toBe(201);
    const writer = await at.token("writer");
    const headers = { "synod-override": "release" };
    await problemOf(await at.put(writer.token, "app%2Fa", { headers }), "forbidden");
    // What holds a key is no news for those that may not write it.
    await problemOf(await at.put((await at.token("reader")).token, "app%2Fa"), "forbidden");
    await problemOf(await at.put(undefined, "app%2Fa"), "unauthorized");
    await problemOf(await at.put(writer.token, "app%2Fa"), "release-in-progress");
    expect((await at.put(ROOT, "app%2Fa", { headers })).status).toBe(200);
  });
});
