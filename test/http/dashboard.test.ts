import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const FILES: Readonly<Record<string, string>> = {
  "page.html": "<!doctype html><title>Synod</title>",
  "app-ABC123.js": "export {};",
  "app-ABC123.css": "a {}",
};

/** A folder of files, as a deployment's `ASSETS` serves it. */
const dashboard = {
  async fetch(url: string): Promise<Response> {
    const body = FILES[new URL(url).pathname.slice(1)];
    return body === undefined ? new Response(null, { status: 404 }) : new Response(body);
  },
};

describe("the dashboard", () => {
  const send = appSend({ dashboard });

  test.each(["/dashboard/", "/dashboard/demo/world", "/dashboard/demo/keys/a/b.js?revision=7"])(
    "is one page below /dashboard/: %s",
    async (path) => {
      const response = await send(path);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(FILES["page.html"]);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("cache-control")).toBe("no-cache");
    },
  );

  test("lets nothing run but its own files, and nobody frame it", async () => {
    const policy = (await send("/dashboard/")).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
  });

  test("names files by their contents, so that they may be kept for ever", async () => {
    const script = await send("/dashboard/assets/app-ABC123.js");
    expect(await script.text()).toBe("export {};");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toContain("immutable");
    const style = await send("/dashboard/assets/app-ABC123.css", { method: "HEAD" });
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(await style.text()).toBe("");
  });

  test("has no file but those that were built", async () => {
    await problemOf(await send("/dashboard/assets/app-OTHER.js"), "not-found");
  });

  test("is not written to", async () => {
    const response = await send("/dashboard/demo/world", { method: "POST" });
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    await problemOf(response, "method-not-allowed");
  });

  test("is what a browser gets for /, and nobody else", async () => {
    const browser = await send("/", { headers: { accept: "text/html,application/xhtml+xml" } });
    expect(browser.status).toBe(302);
    expect(browser.headers.get("location")).toBe("/dashboard/");
    await problemOf(await send("/"), "not-found");
    expect((await send("/dashboard")).headers.get("location")).toBe("/dashboard/");
  });

  test("is told where it is, and whether the network is simulated", async () => {
    const session = await send("/dashboard/session", { headers: { "synod-region": "oc" } });
    const everybody = { open: true, principal: "root", signed_in: false };
    expect(await session.json()).toEqual({ development: true, region: "oc", ...everybody });
    const deployed = await appSend({ dashboard, dev: undefined })("/dashboard/session");
    expect(await deployed.json()).toEqual({ development: false, region: "enam", ...everybody });
  });
});

test("a deployment without the dashboard says so", async () => {
  const problem = await problemOf(await appSend()("/dashboard/"), "not-found");
  expect(problem.detail).toContain("without the dashboard");
});

describe("a session of the dashboard", () => {
  const ORIGIN = "http://synod.test";
  const access = { isOpen: false, rootTokens: ["s3cret"] };
  const send = appSend({ dashboard, access, dev: undefined });
  const signIn = (token: string, origin = ORIGIN) =>
    send("/dashboard/session", {
      method: "POST",
      body: JSON.stringify({ token }),
      headers: { "content-type": "application/json", origin },
    });
  const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const put = (headers: Record<string, string>) =>
    send(`/v1/${freshNamespace()}/kv/a`, { method: "PUT", body: "1", headers });

  test("keeps a token in a cookie that no script can read, and no other site sends", async () => {
    expect(await (await send("/dashboard/session")).json()).toMatchObject({ principal: "anonymous", signed_in: false });
    const begun = await signIn("s3cret");
    expect(await begun.json()).toMatchObject({ principal: "root", signed_in: true, open: false });
    const cookie = begun.headers.get("set-cookie") ?? "";
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"]) expect(cookie).toContain(part);
    expect(cookie).not.toContain("s3cret");
    const renewed = await send("/dashboard/session", { headers: { cookie: cookieOf(begun) } });
    expect(cookieOf(renewed)).toContain("synod-session=");
    expect((await put({ cookie: cookieOf(begun), origin: ORIGIN })).status).toBe(201);
  });

  test("is worth nothing to a page of another origin, or to one that names none with a write", async () => {
    const cookie = cookieOf(await signIn("s3cret"));
    await problemOf(await put({ cookie, origin: "http://elsewhere.test" }), "unauthorized");
    await problemOf(await put({ cookie }), "unauthorized");
    await problemOf(await signIn("s3cret", "http://elsewhere.test"), "forbidden");
  });

  test("is not begun with a token that is not known, nor by a cookie that was changed", async () => {
    await problemOf(await signIn("wrong"), "unauthorized");
    const [name, value = ""] = cookieOf(await signIn("s3cret")).split("=");
    const forged = `${name}=${value.slice(0, -2)}AA`;
    await problemOf(await put({ cookie: forged, origin: ORIGIN }), "unauthorized");
    await problemOf(await put({ cookie: `${name}=nonsense`, origin: ORIGIN }), "unauthorized");
  });

  test("ends with the root token that signed it, and when it is ended", async () => {
    const cookie = cookieOf(await signIn("s3cret"));
    const rotated = appSend({ dashboard, access: { isOpen: false, rootTokens: ["another"] }, dev: undefined });
    const session = await rotated("/dashboard/session", { headers: { cookie } });
    expect(await session.json()).toMatchObject({ principal: "anonymous" });
    const ended = await send("/dashboard/session", { method: "DELETE", headers: { cookie, origin: ORIGIN } });
    expect(ended.status).toBe(204);
    expect(ended.headers.get("set-cookie")).toContain("Max-Age=0");
  });
});
