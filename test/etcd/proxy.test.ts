import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { Etcd, etcdVersion } from "./etcd.ts";
import { ProxyProcess } from "./proxy-process.ts";

const isAbsent = spawnSync("etcdctl", ["version"]).status !== 0 || etcdVersion() === undefined;
if (isAbsent)
  console.warn(
    "etcdctl or etcd is not installed, so the proxy was not compared (apt-get install etcd-client etcd-server)",
  );

const run = promisify(execFile);

/** The commands of one person after the other; each with its standard input. */
const COMMANDS: readonly (readonly [readonly string[], string?])[] = [
  [["put", "a", "1"]],
  [["put", "a", "2", "--prev-kv"]],
  [["put", "b/1", "x"]],
  [["put", "b/2", "y"]],
  [["get", "a"]],
  [["get", "b/", "--prefix"]],
  [["get", "b/", "--prefix", "--keys-only"]],
  [["get", "b/", "--prefix", "--count-only", "--write-out=fields"]],
  [["get", "--from-key", "b"]],
  [["get", "a", "--rev=2"]],
  [["get", "nothing"]],
  [["get", "a", "--rev=999999"]],
  [["txn", "--interactive=false"], 'value("a") = "2"\n\nput a 3\nget b/1\n\nget a\n\n'],
  [["txn", "--interactive=false"], 'value("a") = "2"\n\nput a 4\n\nget a\n\n'],
  [["del", "b/", "--prefix", "--prev-kv"]],
  [["del", "nothing"]],
  [["compaction", "3"]],
  [["compaction", "3"]],
  [["get", "a", "--rev=2"]],
  [["lease", "revoke", "4d2"]],
  [["lease", "timetolive", "4d2"]],
  [["watch", "--rev=4", "a"]],
  [["lock", "l", "--", "sh", "-c", "echo held"]],
  [["elect", "e", "me", "--listen=false"]],
  [["endpoint", "health"]],
  [["auth", "disable"]],
  [["auth", "enable"]],
  [["user", "add", "root:p"]],
  [["user", "grant-role", "root", "root"]],
  [["role", "add", "app"]],
  [["role", "grant-permission", "app", "--prefix=true", "readwrite", "app/"]],
  [["role", "grant-permission", "app", "read", "a"]],
  [["role", "get", "app"]],
  [["user", "add", "alice:a"]],
  [["user", "grant-role", "alice", "app"]],
  [["auth", "enable"]],
  [["put", "app/x", "1"]],
  [["--user=alice:a", "put", "app/x", "1"]],
  [["--user=alice:a", "get", "app/", "--prefix"]],
  [["--user=alice:a", "put", "a", "1"]],
  [["--user=alice:wrong", "get", "a"]],
  [["--user=alice:a", "user", "get", "alice"]],
  [["--user=alice:a", "user", "list"]],
  [["--user=root:p", "user", "list"]],
  [["--user=root:p", "role", "list"]],
  [["--user=root:p", "user", "delete", "alice"]],
  [["--user=alice:a", "get", "a"]],
  [["--user=root:p", "auth", "disable"]],
  [["get", "app/x"]],
];

/** A watch and an election go on until they are interrupted. */
const ENDLESS: ReadonlySet<string> = new Set(["watch", "elect"]);

describe.skipIf(isAbsent)("etcdctl through the proxy", () => {
  let server: DevServer;
  let etcd: Etcd;
  let proxy: ProxyProcess;
  let endpoint: string;
  beforeAll(async () => {
    server = await DevServer.start();
    etcd = await Etcd.start();
    proxy = await ProxyProcess.start(server.base);
    endpoint = proxy.endpoint;
  });
  afterAll(async () => {
    proxy.kill();
    await etcd.dispose();
    await server.kill();
    await server.dispose();
  });

  /** What a command prints and how it ends. One that goes on is interrupted once it has printed something. */
  async function etcdctl(at: string, args: readonly string[], input = ""): Promise<unknown> {
    const child = spawn("etcdctl", [`--endpoints=${at}`, "--command-timeout=20s", ...args], {
      env: { ...process.env, ETCDCTL_API: "3" },
    });
    child.stdin.end(input);
    const printed = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      printed.out += chunk.toString();
      // What it prints comes in lines, one by one.
      if (ENDLESS.has(args[0] ?? "")) setTimeout(() => child.kill("SIGINT"), 500);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      printed.err += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { args, code: ENDLESS.has(args[0] ?? "") ? "interrupted" : code, ...comparable(printed, at) };
  }

  /** What differs between any two clusters: who they are, what they are called, how long things took. */
  function comparable({ out, err }: { readonly out: string; readonly err: string }, at: string) {
    const plain = (text: string) =>
      text
        .replaceAll(at, "ENDPOINT")
        .replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1"')
        .replace(/took = \S+|took \S+/g, "took")
        .replace(/^\{"level":.*\}\n/gm, "")
        .replace(/e\/[0-9a-f]{8,}/g, "e/LEASE");
    return { out: plain(out), err: plain(err) };
  }

  test("answers as against etcd, command by command", async () => {
    const at = etcd.base.replace("http://", "");
    for (const [args, input] of COMMANDS) {
      expect(await etcdctl(endpoint, args, input)).toEqual(await etcdctl(at, args, input));
    }
  });

  test("a snapshot is refused as not implemented", async () => {
    await expect(
      run("etcdctl", [`--endpoints=${endpoint}`, "snapshot", "save", "/tmp/none"], {
        env: { ...process.env, ETCDCTL_API: "3" },
      }),
    ).rejects.toThrow(/not served/);
  });

  test("members are the regions, and the status is there", async () => {
    const options = { env: { ...process.env, ETCDCTL_API: "3" } };
    const { stdout: members } = await run("etcdctl", [`--endpoints=${endpoint}`, "member", "list"], options);
    expect(members.trim().split("\n")).toHaveLength(5);
    const { stdout: status } = await run(
      "etcdctl",
      [`--endpoints=${endpoint}`, "endpoint", "status", "-w", "json"],
      options,
    );
    expect(JSON.parse(status)).toMatchObject([{ Status: { version: "3.4.23" } }]);
  });
});
