import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = join(ROOT, "node_modules/.bin");
/** It builds all of the package, and installs it. */
const PACKED_MS_MAX = 6 * 60_000;
const CLIENT_GZIP_BYTES_MAX = 16 * 1024;

const USE = `
import { createSynod, get, put, SynodError, when, type Entry } from "synod";
import { fenceD1 } from "synod/fence";
import { createSynodAdapter, flagEngine } from "synod/flags";
import { fileSnapshots } from "synod/snapshot/file";
import { kvSnapshots } from "synod/snapshot/kv";
import { webSnapshots } from "synod/snapshot/web";

const synod = createSynod({ url: "http://127.0.0.1:9" }, { deadlineMs: 50, snapshot: fileSnapshots("/tmp/none") });
const text: Promise<Entry<string> | null> = synod.kv.get("k", { as: "text" });
text.catch((error: unknown) => {
  if (!(error instanceof SynodError) || error.code !== "deadline") throw error;
  console.log("typed and run");
});
export const moved = () => synod.txn({ if: [when("a").exists()], do: [put("b", 1), get<number>("c")] });
const json = '{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"}}}';
const held = { set: "default", entry: { value: new TextEncoder().encode(json), revision: 2 } };
const flag: boolean = flagEngine.evaluate(held, "f", false, {}).value;
if (!flag) throw new Error("the engine does not run");
export const others = [fenceD1, kvSnapshots, webSnapshots, createSynodAdapter({ url: "http://127.0.0.1:9" })];
`;

/** Of a package that is an optional peer: only who has that imports it. */
const PEERS = `
import { SynodProvider } from "synod/openfeature";
export const name: "Synod" = new SynodProvider({ url: "http://127.0.0.1:9" }).metadata.name;
`;

let folder: string;
let tarball: string;
const run = (command: string, args: readonly string[], cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: "utf8" });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "synod-package-"));
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], ROOT)) as [
    { filename: string },
  ];
  tarball = join(folder, packed.filename);
  writeFileSync(join(folder, "package.json"), '{"name":"empty","private":true,"type":"module"}');
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--omit=optional", tarball]);
}, PACKED_MS_MAX);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("an empty project types it strictly under NodeNext, and runs it", () => {
  writeFileSync(join(folder, "use.ts"), USE);
  const options = {
    strict: true,
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2024", "ESNext.Disposable", "DOM"],
    types: [],
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, skipLibCheck: true }, include: ["use.ts"] }),
  );
  run(join(BIN, "tsc"), ["-p", folder]);
  expect(run(process.execPath, ["use.js"])).toBe("typed and run\n");
});

test("OpenFeature's provider types where its SDK is", () => {
  writeFileSync(join(folder, "peers.ts"), PEERS);
  run("npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--omit=optional",
    "@openfeature/server-sdk@1.23.0",
  ]);
  const options = { strict: true, module: "NodeNext", target: "ES2023", types: [], skipLibCheck: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["peers.ts"] }));
  run(join(BIN, "tsc"), ["-p", folder]);
  run(process.execPath, ["peers.js"]);
});

/** What `console` cuts short in the README, and what differs between runs. */
const shortened = (printed: string) =>
  printed
    .replaceAll(/,\n/g, ",")
    .replaceAll(/\{\s+type/g, "{ type")
    .replaceAll(/\s+key: /g, " key: ")
    .replaceAll(/ keyBytes: [\s\S]*?\],/g, "")
    .replaceAll(/\s+value: /g, " value: ")
    .replaceAll(/,\s+contentType[\s\S]*?\n\}/g, ", … }");

test("the README's ten lines print what it says", async () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, code = "", printed = ""] =
    /## In ten lines[\s\S]*?```ts\n([\s\S]*?)```\n\n```console\n([\s\S]*?)```/.exec(readme) ?? [];
  const server = await DevServer.start();
  try {
    writeFileSync(join(folder, "ten-lines.ts"), code.replace("http://localhost:8787", server.base));
    const told = execFileSync(process.execPath, ["ten-lines.ts"], { cwd: folder, encoding: "utf8", timeout: 60_000 });
    expect(shortened(told)).toBe(printed);
  } finally {
    await server.dispose();
  }
});

test("its command line runs from what was installed, and nothing ran when it was", () => {
  expect(run("node_modules/.bin/synod", ["--help"])).toContain("Exit codes");
  const { scripts = {} } = JSON.parse(
    run("npm", ["pkg", "get", "scripts", "--prefix", join(folder, "node_modules/synod")]),
  ) as { scripts?: object };
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
});

test("publint and are-the-types-wrong find nothing", () => {
  expect(run(join(BIN, "publint"), ["run", tarball, "--strict"])).toContain("All good!");
  // It ends with an error where it finds one.
  expect(run(join(BIN, "attw"), [tarball, "--profile", "esm-only"])).toContain("(ESM)");
});

test("the client alone is small in a browser", async () => {
  writeFileSync(
    join(folder, "browser.js"),
    'import { createSynod } from "synod";\nglobalThis.synod = createSynod({ url: location.origin });',
  );
  const { outputFiles } = await build({
    entryPoints: [join(folder, "browser.js")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    // The engine of segments is fetched by a client that meets one, and by no other.
    splitting: true,
    outdir: folder,
    write: false,
  });
  const loaded = outputFiles.filter(({ path }) => !/segment-\w+\.js$/.test(path));
  const bytes = loaded.reduce((sum, { contents }) => sum + gzipSync(contents).byteLength, 0);
  console.log(`the client: ${bytes} bytes of gzip in a browser bundle`);
  expect(bytes).toBeLessThanOrEqual(CLIENT_GZIP_BYTES_MAX);
});
