import { describe, expect, test } from "vitest";
import { appSend, problemOf } from "./app.ts";

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
    expect(await session.json()).toEqual({ development: true, region: "oc" });
    const deployed = await appSend({ dashboard, dev: undefined })("/dashboard/session");
    expect(await deployed.json()).toEqual({ development: false, region: "enam" });
  });
});

test("a deployment without the dashboard says so", async () => {
  const problem = await problemOf(await appSend()("/dashboard/"), "not-found");
  expect(problem.detail).toContain("without the dashboard");
});
