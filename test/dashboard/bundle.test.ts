import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dashboardBuild } from "../../src/dashboard/build.ts";

const folder = mkdtempSync(join(tmpdir(), "synod-dashboard-"));
beforeAll(() => dashboardBuild(folder));
afterAll(() => rmSync(folder, { recursive: true }));

const GZIP_BYTES_MAX = 120 * 1024;

test("without the map, all that the page loads is at most 120 KB compressed", () => {
  const files = readdirSync(folder).filter((file) => !file.startsWith("world-map-"));
  const sizes = Object.fromEntries(files.map((file) => [file, gzipSync(readFileSync(join(folder, file))).length]));
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(GZIP_BYTES_MAX);
});

test("the page names its files by their contents, and has no script or style of its own", () => {
  const page = readFileSync(join(folder, "page.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/dashboard\/assets\/([^"]+)"/g)].map(([, file]) => file ?? "");
  expect(named.map((file) => file.split(".").at(-1) ?? "").toSorted()).toEqual(["css", "js", "svg"]);
  for (const file of named) expect(readdirSync(folder)).toContain(file);
  expect(page).not.toMatch(/<style|style="|<script(?![^>]*src=)|\{\w+\}/);
});

test("nothing is made into code while the page runs", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    expect(readFileSync(join(folder, file), "utf8"), file).not.toMatch(/new Function\(|[^.\w]eval\(/);
  }
});

test("a build into a folder replaces what was there, and not the folder", async () => {
  const before = readdirSync(folder).toSorted();
  await dashboardBuild(folder);
  expect(readdirSync(folder).toSorted()).toEqual(before);
});
