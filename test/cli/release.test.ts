import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { releaseBar } from "../../src/cli/commands/release-bar.ts";
import { releaseDraft } from "../../src/cli/commands/release-input.ts";
import type { Release } from "../../src/client/index.ts";
import { DevServer } from "../e2e/server.ts";
import { type Ended, synodRun } from "./run.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 300_000 });

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

/** Commands on a namespace of their own. */
function fresh() {
  const namespace = `t-${crypto.randomUUID()}`;
  return (args: readonly string[], input = ""): Promise<Ended> =>
    synodRun(server.base, ["-n", namespace, ...args], { input });
}
type Run = ReturnType<typeof fresh>;

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly step: number };

async function json(ended: Promise<Ended>): Promise<Row> {
  const { code, out, err } = await ended;
  if (code !== 0) throw new Error(`${code}: ${err}`);
  return JSON.parse(out) as Row;
}

async function refused(ended: Promise<Ended>, code: number, why: RegExp): Promise<void> {
  const { code: was, err } = await ended;
  expect(was, err).toBe(code);
  expect(err).toMatch(/^synod: [^\n]+\n$/);
  expect(err).toMatch(why);
}

function lines(out: string): readonly Row[] {
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

const LONG = ["--stage", "50%:1h"] as const;
const made = (synod: Run, ...args: readonly string[]) => json(synod(["release", "create", ...args]));

test("a release is planned, made, started, followed to its end, and explained", async () => {
  const synod = fresh();
  await json(synod(["kv", "put", "limits/cpu", "1"]));
  const changes = ["limits/cpu=2", "limits/new=a", "--delete", "limits/old"];
  const stages = ["--stage", "50%:1s", "--bake", "1s", "--note", "two cores"];
  const plan = await json(synod(["release", "plan", ...changes, ...stages, "--target", "a", "b"]));
  expect(plan).toMatchObject({
    diff: [
      { key: "limits/cpu", before: { text: "1" }, after: { text: "2" } },
      { change: "create" },
      { change: "none" },
    ],
    findings: [{ severity: "warning", code: "absent" }],
    stages: [{ stage: 0 }],
  });
  const { id, state } = await made(synod, ...changes, ...stages, "--start");
  expect(state).toBe("staging");
  const { code, out } = await synod(["release", "status", id, "--follow", "-o", "jsonl"]);
  expect(code).toBe(0);
  expect(lines(out).at(-1)).toMatchObject({ id, state: "completed", share: 1 });
  expect((await synod(["kv", "get", "limits/cpu"])).out).toBe("2");
  const explained = await synod(["release", "explain", id, "-o", "table"]);
  expect(explained.out).toMatch(/create: draft, by root/);
  expect(explained.out).toMatch(/complete: baking → completed, by learner:\w+\n {2}\w+ saw it for/);
  const listed = await synod(["release", "list", "--state", "completed", "-o", "table"]);
  expect(listed.out).toMatch(new RegExp(`^${id} +completed +1 +\\d+ +3 keys +root +two cores`, "m"));
});

test("it moves from the step that was seen, is paused, resumed and withdrawn, and says so in its exit code", async () => {
  const synod = fresh();
  const { id, step } = await made(synod, "a=1", ...LONG);
  await refused(synod(["release", "start", id, "--step", `${step - 1}`]), 4, /precondition-failed/);
  await json(synod(["release", "start", id, "--step", `${step}`]));
  expect(await json(synod(["release", "pause", id, "--reason", "lunch"]))).toMatchObject({
    state: "paused",
    reason: "lunch",
  });
  expect(await json(synod(["release", "resume", id]))).toMatchObject({ state: "staging", stage: "1 of 1" });
  expect(await json(synod(["release", "status", id]))).toMatchObject({
    share: 0.5,
    clients: { exposed: 0 },
    verdicts: [{ guard: "refusals", verdict: "ok" }, { guard: "silence" }],
  });
  const seen = await json(synod(["release", "effective", "a", "--target", "user-42"]));
  expect(seen).toMatchObject({ release: { id, state: "staging" }, rule: expect.stringContaining("bucket") });
  await refused(synod(["kv", "put", "a", "2"]), 4, /release-in-progress/);
  await json(synod(["release", "rollback", id, "--reason", "it was wrong"]));
  await refused(synod(["release", "status", id, "-f"]), 1, /is rolled_back, by root: it was wrong/);
  await refused(synod(["release", "resume", id]), 4, /release-state/);
});

test("a completed release is reverted by another one", async () => {
  const synod = fresh();
  await json(synod(["kv", "put", "a", "1"]));
  const { id } = await made(synod, "a=2", "--strategy", '{"stages":[{"share":1,"dwell_s":0}]}', "--start");
  await synod(["release", "status", id, "--follow"]);
  await refused(synod(["release", "revert", id]), 2, /Say --yes/);
  const back = await json(synod(["release", "revert", id, "--yes"]));
  expect(back).toMatchObject({ state: "validated", note: `reverts ${id}` });
  expect(back.id).not.toBe(id);
  expect(await json(synod(["release", "get", id]))).toMatchObject({ state: "reverted", reverted_by: back.id });
  expect(await json(synod(["release", "cancel", back.id]))).toMatchObject({ state: "cancelled" });
});

test("a draft is validated, wants approval by somebody else, and is scheduled", async () => {
  const synod = fresh();
  const { id } = await made(synod, "a=1", "--draft", ...LONG, "--approvals", "1");
  expect(await json(synod(["release", "validate", id]))).toMatchObject({ state: "validated" });
  await refused(synod(["release", "approve", id]), 6, /forbidden/);
  await refused(synod(["release", "start", id]), 4, /release-state/);
  const { token } = await json(synod(["token", "create", "--role", "approver"]));
  const approved = await json(synod(["--token", `${token as string}`, "release", "approve", id]));
  expect(approved).toMatchObject({ state: "approved" });
  expect(await json(synod(["release", "schedule", id, "2100-01-31T09:00Z"]))).toMatchObject({ state: "scheduled" });
});

test("a whole release is read from a file, and values from files and standard input", async () => {
  const synod = fresh();
  const folder = await mkdtemp(join(tmpdir(), "synod-release-"));
  const [file, value] = [join(folder, "release.json"), join(folder, "value")];
  await writeFile(file, JSON.stringify({ changes: [{ key: "a", value: "1" }], strategy: "AllAtOnce", note: "all" }));
  await writeFile(value, Buffer.from([0, 255]));
  const first = await made(synod, "--file", file, "--note", "mine");
  expect(first).toMatchObject({ strategy: "AllAtOnce", note: "mine", keys: "a" });
  const second = await json(synod(["release", "create", `b=@${value}`, "c=-", ...LONG], "piped"));
  const { changes } = await json(synod(["release", "get", second.id]));
  expect(changes).toMatchObject([
    { key: "b", bytes: 2, content_type: "application/octet-stream" },
    { key: "c", bytes: 5, content_type: "text/plain; charset=utf-8" },
  ]);
  await rm(folder, { recursive: true });
});

test("a plan that could not be made ends with 4, whatever it prints", async () => {
  const synod = fresh();
  const { id } = await made(synod, "a=1", ...LONG);
  await refused(synod(["release", "plan", "a=2", ...LONG]), 4, new RegExp(`${id} holds a`));
  await json(synod(["schema", "set", "n/", '{"validators":[{"kind":"json-schema","schema":{"type":"number"}}]}']));
  await refused(synod(["release", "plan", "n/x=many", ...LONG]), 4, /n\/x/);
  await refused(synod(["release", "create", "n/x=many", ...LONG]), 4, /validation-failed/);
});

describe("documents", () => {
  const KINDS: readonly (readonly [noun: string, name: string, text: string, table: RegExp])[] = [
    [
      "strategy",
      "slow",
      '{"stages":[{"share":0.1,"dwell_s":60},{"regions":["weur"],"dwell_s":5}],"bake_s":60}',
      /^slow +false +10 % for 60 s, weur for 5 s +60 s/m,
    ],
    [
      "schema",
      "limits/",
      '{"validators":[{"kind":"json-schema","schema":{"type":"number"}}]}',
      /^limits\/ +json-schema/m,
    ],
    ["role", "deployer", '{"rules":[{"verbs":["write"],"prefix":"deploy/"}]}', /^deployer +write: deploy\/…/m],
    ["binding", "ops", '{"role":"writer","principals":["token:ab12cd34"]}', /^ops +writer +token:ab12cd34/m],
  ];
  test.each(KINDS)("a %s is set, read, set as it was read, listed and deleted", async (noun, name, text, table) => {
    const synod = fresh();
    await json(synod([noun, "set", name, text]));
    const read = await synod([noun, "get", name]);
    expect(JSON.parse(read.out)).toMatchObject(JSON.parse(text) as object);
    await json(synod([noun, "set", name], read.out));
    expect((await synod([noun, "list", "-o", "table"])).out).toMatch(table);
    await refused(synod([noun, "delete", name]), 2, /Say --yes/);
    await json(synod([noun, "delete", name, "--yes"]));
    await refused(synod([noun, "get", name]), 3, /not-found/);
    await refused(synod([noun, "set", name, "nonsense"]), 2, /is a JSON object/);
    await refused(synod([noun, "set", name, "{}"]), 2, /invalid-request/);
  });
});

test("namespaces are listed", async () => {
  const synod = fresh();
  await json(synod(["kv", "put", "a", "1"]));
  await vi.waitFor(
    async () => expect((await synod(["namespace", "list", "-o", "table"])).out).toMatch(/^t-[\w-]+ +20\d\d-.* +root$/m),
    { timeout: 60_000 },
  );
});

describe("one line and an exit code", () => {
  type Given = Parameters<typeof releaseDraft>;
  const NONSENSE: readonly (readonly [Given[0], Given[1], RegExp])[] = [
    [[], {}, /one change at least/],
    [["limits"], {}, /a change is KEY=VALUE/],
    [["a=1"], { stage: ["half"] }, /a stage is such as 10%:5m/],
    [["a=1"], { stage: ["10%:soon"] }, /a time is such as/],
    [["a=1"], { bake: 5 }, /go with --stage/],
    [["a=1"], { stage: ["10%:5m"], strategy: "AllAtOnce" }, /exclude each other/],
    [["a=1"], { file: "/nowhere" }, /cannot be read/],
    [["a=1"], { strategy: "{" }, /a name, or a JSON object/],
  ];
  test.each(NONSENSE)("say what is wrong with %j %j", async (changes, options, why) => {
    await expect(releaseDraft(changes, options)).rejects.toThrow(why);
    await expect(releaseDraft(changes, options)).rejects.toMatchObject({ exitCode: 2 });
  });

  test("say what a command has wrong", async () => {
    const synod = fresh();
    await refused(synod(["release", "create", "a=1", "--draft", "--start"]), 2, /exclude each other/);
    await refused(synod(["release", "schedule", "r-1", "soon"]), 2, /a time is such as/);
    await refused(synod(["release", "effective", "a", "-t", "t", "--attributes", "[]"]), 2, /is a JSON object/);
  });

  test("say what is not there", async () => {
    const synod = fresh();
    for (const verb of ["get", "explain", "start", "rollback"]) {
      await refused(synod(["release", verb, "r-000000000000"]), 3, /there is no release r-0/);
    }
  });
});

test("help has examples, and the completion knows the verbs", async () => {
  const synod = fresh();
  expect((await synod(["release", "create", "--help"])).out).toContain("--stage 10%:5m --stage 50%:10m");
  expect((await synod(["completion", "bash"])).out).toMatch(/"release"\) words="plan create list get status explain/);
});

describe("the bar of a release", () => {
  const release = {
    id: "r-1",
    note: "two\u001b[2J cores",
    state: "staging",
    stage: 0,
    share: 0.1,
    strategy: {
      stages: [
        { share: 0.1, dwell_s: 60 },
        { share: 0.5, dwell_s: 60 },
      ],
      bake_s: 5,
    },
  } as unknown as Release;
  const health = {
    revision: 1,
    step: 1,
    state: "staging",
    transitions: [],
    verdicts: [{ guard: "refusals", action: "rollback", verdict: "ok", detail: "" } as const],
    clients: { exposed: 20, control: 180, refused: 1, parsed: 0, converged: 0.995 },
  };

  test("shows stage, share, time, verdicts and convergence; a note moves no cursor", () => {
    expect(releaseBar({ release, health, seenMs: 3_400, isOld: false })).toEqual([
      "r-1  two [2J cores",
      `${"█".repeat(4)}${"░".repeat(36)}  10 %`,
      "staging, stage 1 of 2, 3 s of 60 s, then 50 %",
      "guards   refusals ok",
      "clients  20 see it, 180 do not; 99.5 % are up to date; 1 cannot use it",
    ]);
  });

  test("fits the terminal, and says when the service does not answer", () => {
    const lost = releaseBar({ release: { ...release, stage: 1 }, health: undefined, seenMs: 0, isOld: true }, 30);
    expect(lost.every((line) => line.length <= 30)).toBe(true);
    expect(lost.slice(2)).toEqual(["staging, stage 2 of 2, 0 s of…", "the service does not answer; …"]);
  });
});
