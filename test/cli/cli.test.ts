import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DevServer } from "../e2e/server.ts";
import { type Ended, synodRun } from "./run.ts";

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.stop());

const synod = (args: readonly string[], input = ""): Promise<Ended> => synodRun(server.base, args, { input });

/** One line on standard error, with no stack. */
function expectOneLine({ err }: Ended): void {
  expect(err).toMatch(/^synod: [^\n]+\n$/);
  expect(err).not.toContain("    at ");
}

describe("keys", () => {
  test("a value comes from an argument, a file or standard input, and goes out as it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "synod-cli-"));
    await writeFile(join(folder, "value"), Buffer.from([0, 255, 10]));
    expect((await synod(["kv", "put", "from/argument", "blue"])).code).toBe(0);
    expect((await synod(["kv", "put", "from/file", `@${join(folder, "value")}`])).code).toBe(0);
    expect((await synod(["kv", "put", "from/input", "-"], "typed")).code).toBe(0);
    expect((await synod(["kv", "put", "from/nothing"], "piped")).code).toBe(0);
    expect(await synod(["kv", "get", "from/argument"])).toEqual({ code: 0, out: "blue", err: "" });
    expect((await synod(["kv", "get", "from/input"])).out).toBe("typed");
    expect((await synod(["kv", "get", "from/nothing"])).out).toBe("piped");
    const file = JSON.parse((await synod(["kv", "get", "from/file", "-o", "json"])).out) as unknown;
    expect(file).toMatchObject({ value: "AP8K", value_encoding: "base64", contentType: "application/octet-stream" });
    await rm(folder, { recursive: true });
  });

  test("lists, histories and differences", async () => {
    await synod(["kv", "put", "list/a", "1"]);
    const second = JSON.parse((await synod(["kv", "put", "list/a", "2"])).out) as { revision: number };
    const lines = (await synod(["kv", "list", "list/", "-o", "jsonl"])).out.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ key: "list/a", value: "2", version: 2 }]);
    expect((await synod(["kv", "history", "list/a", "-o", "table"])).out).toMatch(
      /^type +revision +version +value\nput/,
    );
    const difference = await synod(["kv", "diff", "list/a", `${second.revision - 1}`]);
    expect(difference).toMatchObject({ code: 0, err: "" });
    expect(difference.out).toMatch(/^-1$/m);
    expect(difference.out).toMatch(/^\+2$/m);
  });

  test("deleting a prefix wants a yes", async () => {
    await synod(["kv", "put", "del/a", "1"]);
    const asked = await synod(["kv", "del", "del/", "--prefix"]);
    expect(asked.code).toBe(2);
    expectOneLine(asked);
    expect(JSON.parse((await synod(["kv", "del", "del/", "--prefix", "--yes"])).out)).toMatchObject({ deleted: 1 });
  });

  test("an edit that somebody else overtook changes nothing and loses nothing", async () => {
    await synod(["kv", "put", "edited", "before"]);
    const editor = `sh -c 'printf mine > "$0"; "${process.execPath}" -e "fetch(process.env.SYNOD_URL+\\"/v1/default/kv/edited\\",{method:\\"PUT\\",body:\\"theirs\\"})"'`;
    const ended = await synodRun(server.base, ["kv", "edit", "edited"], { env: { EDITOR: editor, VISUAL: editor } });
    expect(ended.code).toBe(4);
    expect(ended.err).toMatch(/what you wrote is kept in \S+/);
    expect((await synod(["kv", "get", "edited"])).out).toBe("theirs");
  });
});

describe("exit codes", () => {
  const cases: readonly (readonly [string, readonly string[], number])[] = [
    ["a missing key", ["kv", "get", "nothing/here"], 3],
    ["a missing lease", ["lease", "keep-alive", "4711"], 3],
    ["a condition that does not hold", ["kv", "put", "k", "v", "--if-revision", "1"], 4],
    ["conditions that exclude each other", ["kv", "put", "k", "v", "--if-revision", "1", "--if-absent"], 2],
    ["an unknown command", ["kv", "frobnicate"], 2],
    ["an unknown option", ["kv", "get", "k", "--frobnicate"], 2],
    ["a missing argument", ["kv", "get"], 2],
    ["an argument that is no number", ["lease", "grant", "soon"], 2],
    ["a transaction that is not JSON", ["txn", "nonsense"], 2],
    ["a transaction that is not one", ["txn", '{"bogus":1}'], 2],
    ["an invalid namespace", ["-n", "UPPER", "kv", "get", "k"], 2],
    ["a file that is not there", ["kv", "put", "k", "@/nowhere/at/all"], 2],
    ["a URL that is none", ["--url", "nonsense", "status"], 2],
    ["a server that is not there", ["--url", "http://127.0.0.1:9", "--timeout", "0.3", "status"], 8],
  ];
  for (const [name, args, code] of cases) {
    test(`${name}: ${code}, and one line that says so`, async () => {
      const ended = await synod(args);
      expect(ended.code).toBe(code);
      expect(ended.out).toBe("");
      expectOneLine(ended);
    });
  }

  test("help is no error", async () => {
    const { code, out, err } = await synod(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Examples:");
  });

  test("a write whose outcome is unknown says how to repeat it", async () => {
    await synod(["dev", "network", '{"down":["wnam","enam","weur"]}']);
    const ended = await synod(["--region", "apac", "--timeout", "3", "kv", "put", "lost", "v"]);
    await synod(["dev", "network", "{}"]);
    expect(ended.code).toBe(7);
    const requestId = /--request-id (\S+) /.exec(ended.err)?.[1] ?? "";
    expect((await synod(["kv", "put", "lost", "v", "--request-id", requestId])).code).toBe(0);
    expect(JSON.parse((await synod(["kv", "get", "lost", "-o", "json"])).out)).toMatchObject({ version: 1 });
  });
});

describe("coordination", () => {
  test("a lock hands its token to the command and takes over its exit code", async () => {
    const ended = await synod(["lock", "jobs", "--", "sh", "-c", "echo $SYNOD_FENCING_TOKEN; exit 5"]);
    expect(ended.code).toBe(5);
    expect(Number(ended.out)).toBeGreaterThan(0);
  });

  test("who only tries a lock that is held gets nothing", async () => {
    const inner = `"${process.execPath}" --disable-warning=ExperimentalWarning bin/synod.js lock --try busy -- true; echo $?`;
    expect((await synod(["lock", "busy", "--", "sh", "-c", inner])).out.trim()).toBe("4");
  });

  test("the first proposal is everybody's", async () => {
    expect(JSON.parse((await synod(["propose", "leader", "one"])).out)).toMatchObject({ won: true, value: "one" });
    expect(JSON.parse((await synod(["propose", "leader", "two"])).out)).toMatchObject({ won: false, value: "one" });
  });

  test("a watch runs a command for each revision, and ends when it fails", async () => {
    const { revision } = JSON.parse((await synod(["kv", "put", "watched", "1"])).out) as { revision: number };
    const ended = await synod(["watch", "--key", "watched", "--from", `${revision}`, "--exec", "cat; exit 1"]);
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.out)).toMatchObject([{ type: "put", key: "watched", value: "1", revision }]);
  });
});

describe("import and export", () => {
  test("what is exported is imported again, bytes and all", async () => {
    await synod(["kv", "put", "ship/text", "blue"]);
    await synod(["kv", "put", "ship/bytes", "-"], "\u0000x");
    const exported = await synod(["export", "ship/"]);
    const imported = await synod(["-n", "other", "import", "-"], exported.out);
    expect(imported).toMatchObject({ code: 0, err: "2 keys were written\n" });
    expect((await synod(["-n", "other", "export", "ship/"])).out).toBe(exported.out);
  });

  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const formats = {
    etcd: { kvs: [{ key: base64("k"), value: base64("v") }] },
    "workers-kv": [{ key: "k", value: base64("v"), base64: true }],
    consul: [{ key: "k", flags: 0, value: base64("v") }],
  };
  for (const [format, json] of Object.entries(formats)) {
    test(`from ${format}`, async () => {
      const ended = await synod(["import", "--from", format, "--prefix", `${format}/`], JSON.stringify(json));
      expect(ended.code).toBe(0);
      expect((await synod(["kv", "get", `${format}/k`])).out).toBe("v");
    });
  }

  test("what is no export is told so", async () => {
    const ended = await synod(["import", "--from", "etcd"], '{"no":"kvs"}');
    expect(ended.code).toBe(2);
    expectOneLine(ended);
  });
});

test("status and doctor say how many regions may fail", async () => {
  expect((await synod(["status", "-o", "table"])).out).toContain("5 of 5 regions answer; 2 more may fail");
  const doctor = await synod(["doctor"]);
  expect(doctor.code).toBe(0);
  expect(doctor.out).not.toContain("FAILED");
});

test("tokens are made, listed and revoked, and whoami says who one is", async () => {
  const namespace = ["-n", "tokens"];
  expect(JSON.parse((await synod([...namespace, "whoami"])).out)).toMatchObject({
    verbs: expect.arrayContaining(["read"]),
  });
  const made = await synod([...namespace, "token", "create", "--role", "reader", "--note", "a test"]);
  const { id, token } = JSON.parse(made.out) as { id: string; token: string };
  expect(JSON.parse((await synod([...namespace, "token", "list"])).out)).toMatchObject([{ id, note: "a test" }]);
  const asToken = JSON.parse((await synod([...namespace, "--token", token, "whoami"])).out) as { principal: string };
  expect(asToken.principal).toBe(`token:${id}`);
  expect((await synod([...namespace, "token", "revoke", id])).code).toBe(2);
  expect((await synod([...namespace, "token", "revoke", id, "--yes"])).code).toBe(0);
  expect(JSON.parse((await synod([...namespace, "token", "list"])).out)).toEqual([]);
  const audit = JSON.parse((await synod([...namespace, "audit", "--kind", "access", "--limit", "1"])).out) as unknown;
  expect(audit).toMatchObject([{ type: "put", document: `policy/tokens/${id}`, actor: "root" }]);
});

test("the completion of bash knows commands and their options", async () => {
  const { out } = await synod(["completion", "bash"]);
  expect(out).toContain('"kv put") words="--if-revision --if-absent');
});
