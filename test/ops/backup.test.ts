import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stateOf } from "../../src/cli/commands/backup.ts";
import { CliError } from "../../src/cli/exit.ts";
import { synodRun } from "../cli/run.ts";
import { DevServer } from "../e2e/server.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/synod.js", import.meta.url));
const KEYS = 8;
const VALUE_CHARS = 400_000;
const POLL_MS = 5;
const WRITE_PAUSE_MS = 20;

describe("a backup by the command line", () => {
  let server: DevServer;
  let folder: string;
  let isWriting = true;
  let writes: Promise<void>;

  beforeAll(async () => {
    server = await DevServer.start();
    folder = await mkdtemp(join(tmpdir(), "synod-backup-"));
    for (let key = 0; key < KEYS; key++) await put("from", `large/${key}`, `${key}`.repeat(VALUE_CHARS));
    writes = writeOn();
  });

  afterAll(async () => {
    isWriting = false;
    await writes;
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function put(namespace: string, key: string, value: string): Promise<number> {
    const response = await fetch(`${server.base}/v1/${namespace}/kv/${key}`, { method: "PUT", body: value });
    expect(response.ok).toBe(true);
    await response.arrayBuffer();
    return Number(response.headers.get("synod-revision"));
  }

  /** Writes for as long as the tests run. */
  async function writeOn(): Promise<void> {
    for (let count = 0; isWriting; count++) {
      await put("from", `small/${count % 10}`, `${count}`);
      await sleep(WRITE_PAUSE_MS);
    }
  }

  function start(...args: readonly string[]): ChildProcess {
    const parameters = ["--disable-warning=ExperimentalWarning", PROGRAM, ...args];
    return spawn(process.execPath, parameters, { env: { ...process.env, SYNOD_URL: server.base }, stdio: "ignore" });
  }

  /** Ends the program the hard way as soon as `isDue`; whether it was still running then. */
  async function killWhen(child: ChildProcess, isDue: () => boolean | Promise<boolean>): Promise<boolean> {
    const ended = once(child, "exit");
    while (child.exitCode === null && !(await isDue())) await sleep(POLL_MS);
    const isRunning = child.exitCode === null;
    child.kill("SIGKILL");
    await ended;
    return isRunning;
  }

  test("goes on where it was killed, is one revision while writes go on, and is restored the same", async () => {
    const file = join(folder, "killed.gz");
    const isKilled = await killWhen(start("-n", "from", "backup", file), () => existsSync(`${file}.progress`));
    const again = await synodRun(server.base, ["-n", "from", "backup", file]);
    expect(again).toMatchObject({ code: 0 });
    if (isKilled && !existsSync(file)) expect(again.err).toContain("goes on where it broke off");

    const verified = await synodRun(server.base, ["-o", "json", "backup", "verify", file]);
    const { revision, content, keys } = JSON.parse(verified.out) as { revision: number; content: string; keys: number };
    const listed = await fetch(`${server.base}/v1/from/kv?prefix=&keys_only=true&revision=${revision}`);
    expect(((await listed.json()) as { keys: unknown[] }).keys.length).toBe(keys);

    const begun = async () => {
      const status = (await (await fetch(`${server.base}/v1/to/status`)).json()) as { revision: number };
      return status.revision > 1;
    };
    await killWhen(start("-n", "to", "restore", file), begun);
    const restored = await synodRun(server.base, ["-n", "to", "restore", file]);
    expect(restored).toMatchObject({ code: 0 });
    const copy = join(folder, "copy.gz");
    await synodRun(server.base, ["-n", "to", "backup", copy]);
    const copied = await synodRun(server.base, ["-o", "json", "backup", "verify", copy]);
    expect(JSON.parse(copied.out)).toMatchObject({ namespace: "to", content, keys });
    expect(await put("to", "new", "1")).toBeGreaterThan(revision + 2 ** 20);
  });

  test("and its increment are restored together", async () => {
    const base = join(folder, "base.gz");
    const increment = join(folder, "increment.gz");
    await synodRun(server.base, ["-n", "from", "backup", base]);
    await put("from", "between", "1");
    expect(await synodRun(server.base, ["-n", "from", "backup", increment, "--base", base])).toMatchObject({ code: 0 });
    const restored = await synodRun(server.base, ["-n", "both", "restore", base, increment]);
    expect(restored).toMatchObject({ code: 0 });
    expect((await synodRun(server.base, ["-n", "both", "kv", "get", "between"])).out.trim()).toBe("1");
    expect(readFileSync(increment).length).toBeLessThan(readFileSync(base).length);
  });

  test("shows the versions of a key, and a byte that was altered is found", async () => {
    const file = join(folder, "altered.gz");
    await put("few", "k", "one");
    await put("few", "k", "two");
    await synodRun(server.base, ["-n", "few", "backup", file]);
    const shown = await synodRun(server.base, ["-o", "jsonl", "backup", "show", file, "--key", "k"]);
    const versions = shown.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { value: string });
    expect(versions.map(({ value }) => value)).toEqual(["one", "two"]);
    const bytes = readFileSync(file);
    for (const at of [0, 4, 9, 12, Math.floor(bytes.length / 2), bytes.length - 9, bytes.length - 1]) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 0xff;
      writeFileSync(file, altered);
      await expect(stateOf([file])).rejects.toThrow(CliError);
    }
  });
});
