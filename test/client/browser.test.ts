import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";

/** What the client does in a page of another origin, in Debian's Chromium. */

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
if (CHROMIUM === undefined) {
  console.warn("skipped: the client in a browser, since chromium is not installed (apt-get install chromium)");
}

const fileOf = (name: string) => fileURLToPath(new URL(`browser/${name}`, import.meta.url));
const SUITE_MS_MAX = 5 * 60_000;

let server: DevServer;
/** Serves an empty page, from another origin: browsers let pages of this machine alone ask this machine. */
const pages = createServer((_request, response) =>
  response.setHeader("content-type", "text/html").end("<!doctype html>"),
);
beforeAll(async () => {
  server = await DevServer.start();
  await once(pages.listen(0, "127.0.0.1"), "listening");
});
afterAll(async () => {
  pages.close();
  await server.dispose();
});

test.skipIf(CHROMIUM === undefined)(
  "the client in Chromium, over HTTP",
  async () => {
    const { chromium } = await import("playwright-core");
    const { outputFiles } = await build({
      entryPoints: [fileOf("page.ts")],
      alias: { vitest: fileOf("small-vitest.ts") },
      bundle: true,
      format: "iife",
      platform: "browser",
      write: false,
    });
    const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
      await page.addScriptTag({ content: outputFiles[0]?.text ?? "" });
      const outcomes = await page.evaluate((url) => globalThis.conformance(url), server.base);
      expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(outcomes.length).toBeGreaterThan(20);
      console.log(`${outcomes.length} tests of the client passed in Chromium ${browser.version()}`);
    } finally {
      await browser.close();
    }
  },
  SUITE_MS_MAX,
);
