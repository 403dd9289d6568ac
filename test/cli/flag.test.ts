import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
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

async function json(ended: Promise<Ended>): Promise<unknown> {
  const { code, out, err } = await ended;
  if (code !== 0) throw new Error(`${code}: ${err}`);
  return JSON.parse(out) as unknown;
}

async function refused(ended: Promise<Ended>, code: number, why: RegExp): Promise<void> {
  const { code: was, out, err } = await ended;
  expect({ code: was, out }).toEqual({ code, out: "" });
  expect(err).toMatch(/^synod: [^\n]+\n$/);
  expect(err).toMatch(why);
}

const AIMED = {
  state: "ENABLED",
  variants: { red: "#f00", blue: "#00f" },
  defaultVariant: "red",
  targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "blue", null] },
};
const aim = (synod: Run) => synod(["flag", "set", "colour", JSON.stringify(AIMED)]);

test("a flag is made by options, evaluated, changed and taken away", async () => {
  const synod = fresh();
  await json(synod(["flag", "set", "banner", "--owner", "web", "--expires", "2027-01-31", "--client"]));
  expect(await json(synod(["flag", "get", "banner"]))).toEqual({
    state: "ENABLED",
    variants: { on: true, off: false },
    defaultVariant: "off",
    metadata: { owner: "web", expires: "2027-01-31", client: true },
  });
  expect(await json(synod(["flag", "eval", "banner"]))).toMatchObject({
    value: false,
    variant: "off",
    reason: "STATIC",
  });
  await json(synod(["flag", "set", "banner", "--default", "on", "--no-client"]));
  expect(await json(synod(["flag", "eval", "banner", "--local"]))).toMatchObject({ metadata: { client: false } });
  expect(await json(synod(["flag", "eval", "banner"]))).toMatchObject({ value: true, metadata: { owner: "web" } });
  await json(synod(["flag", "set", "banner", "--disable"]));
  expect(await json(synod(["flag", "eval", "banner"]))).toMatchObject({ reason: "DISABLED" });
  await json(synod(["flag", "set", "banner", "--remove"]));
  await refused(synod(["flag", "eval", "banner"]), 3, /there is no flag "banner" \(FLAG_NOT_FOUND\)/);
  await refused(synod(["flag", "set", "banner", "--remove"]), 3, /there is no flag/);
});

test("a whole definition comes from an argument or standard input, and is evaluated for a context", async () => {
  const synod = fresh();
  await json(aim(synod));
  await json(synod(["flag", "set", "piped", "--set", "mobile"], JSON.stringify(AIMED)));
  expect(await json(synod(["flag", "eval", "colour", '{"plan":"pro"}']))).toMatchObject({ value: "#00f" });
  const other = ["flag", "eval", "piped", '{"plan":"free"}', "--set", "mobile", "-t", "user-1"];
  expect(await json(synod(other))).toMatchObject({ value: "#f00", reason: "DEFAULT" });
  const { out } = await synod(["flag", "list", "-o", "table"]);
  expect(out).toMatch(/^key +state +type +variants +default +targeting/);
  expect(out).toMatch(/^colour +ENABLED +string +red, blue +red +true/m);
});

test("the rest of a set stays as it was, and so do changes of others meanwhile", async () => {
  const synod = fresh();
  const text = JSON.stringify({ $evaluators: { e: { "==": [1, 1] } }, flags: { a: AIMED }, metadata: { team: "web" } });
  await json(synod(["kv", "put", "flags/default", text]));
  await Promise.all(["b", "c", "d"].map((key) => json(synod(["flag", "set", key, "--default", "on"]))));
  const { out } = await synod(["kv", "get", "flags/default"]);
  const set = JSON.parse(out) as { flags: object };
  expect(set).toMatchObject({ $evaluators: { e: { "==": [1, 1] } }, metadata: { team: "web" }, flags: { a: AIMED } });
  expect(Object.keys(set.flags).toSorted()).toEqual(["a", "b", "c", "d"]);
});

describe("stale", () => {
  test("names what is past its expiry, in all sets or one, now or at another time", async () => {
    const synod = fresh();
    await json(synod(["flag", "set", "old", "--expires", "2020-01-01", "--owner", "web"]));
    await json(synod(["flag", "set", "young", "--expires", "2100-01-01"]));
    await json(synod(["flag", "set", "older", "--expires", "2019-01-01", "--set", "mobile"]));
    expect(await json(synod(["flag", "stale"]))).toMatchObject([
      { set: "default", key: "old", owner: "web", expires: "2020-01-01" },
      { set: "mobile", key: "older", expires: "2019-01-01" },
    ]);
    expect(await json(synod(["flag", "stale", "--set", "default", "--at", "2100-01-02"]))).toMatchObject([
      { key: "old" },
      { key: "young", daysOver: 1 },
    ]);
    expect(await json(synod(["flag", "stale", "--at", "2018-01-01", "--check"]))).toEqual([]);
    expect((await synod(["flag", "stale", "--check"])).code).toBe(1);
  });
});

describe("one line and an exit code", () => {
  test("say what is not there", async () => {
    const synod = fresh();
    await refused(synod(["flag", "list"]), 3, /there is no flag set "default"/);
    await refused(synod(["flag", "eval", "f"]), 3, /nothing was put at flags\/default/);
    await json(synod(["kv", "put", "flags/default", "no flags"]));
    await refused(synod(["flag", "list"]), 1, /no flag set of flagd's format/);
    await refused(synod(["flag", "eval", "f"]), 1, /PARSE_ERROR/);
  });

  test("say what a set could not be", async () => {
    const synod = fresh();
    await json(aim(synod));
    await refused(synod(["flag", "get", "missing"]), 3, /there is no flag "missing"/);
    await refused(synod(["flag", "set", "colour", "--default", "mauve"]), 2, /would not be valid/);
    await refused(synod(["flag", "set", "colour", "--expires", "soon"]), 2, /must be a date/);
    await refused(synod(["flag", "set", "f", '{"state":"ENABLED"}']), 2, /would not be valid/);
  });

  const NONSENSE: readonly (readonly [readonly string[], RegExp])[] = [
    [["set", "f", "[]"], /a definition is a JSON object/],
    [["set", "f", "--enable", "--disable"], /exclude each other/],
    [["set", "f", "--remove", "--enable"], /goes with nothing else/],
    [["eval", "f", "[]"], /attributes are a JSON object/],
    [["stale", "--at", "soon"], /--at is a date/],
  ];
  test.each(NONSENSE)("say what %j has wrong", (args, why) => refused(fresh()(["flag", ...args]), 2, why));
});
