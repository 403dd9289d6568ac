import { FlagdCore, MemoryStorage } from "@openfeature/flagd-core";
import { describe, expect, test } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { flagSetExpanded } from "../../src/flags/evaluators.ts";
import { ENGINE_OPTIONS, FlagSet, SILENT } from "../../src/flags/flag-set.ts";
import { FlagSetCache } from "../../src/flags/flag-set-cache.ts";
import { flagSetFindings } from "../../src/flags/flag-set-findings.ts";
import { isForClients } from "../../src/flags/lifecycle.ts";
import { resolutionTyped } from "../../src/flags/resolution.ts";
import { COLOURS, setOf, targeted } from "./flagd.ts";

const SWITCH = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;

describe("what a flag comes to", () => {
  test("without targeting, its default variant, and that it is always so", () => {
    const set = setOf({
      flags: {
        bool: SWITCH,
        text: { state: "ENABLED", variants: { hi: "hello" }, defaultVariant: "hi" },
        number: { state: "ENABLED", variants: { half: 0.5 }, defaultVariant: "half" },
        object: { state: "ENABLED", variants: { a: { list: [1, null] } }, defaultVariant: "a" },
        empty: { ...SWITCH, targeting: {} },
      },
    });
    const metadata = { flagSetId: "default", version: 7 };
    expect(set.evaluateAll({})).toEqual([
      { key: "bool", value: false, variant: "off", reason: "STATIC", metadata },
      { key: "text", value: "hello", variant: "hi", reason: "STATIC", metadata },
      { key: "number", value: 0.5, variant: "half", reason: "STATIC", metadata },
      { key: "object", value: { list: [1, null] }, variant: "a", reason: "STATIC", metadata },
      { key: "empty", value: false, variant: "off", reason: "STATIC", metadata },
    ]);
  });

  test("with targeting, the variant it names, or the default where it names none", () => {
    const rule = { if: [{ "==": [{ var: "a" }, 1] }, "red", null] };
    expect(targeted(rule, { a: 1 })).toMatchObject({ value: COLOURS.red, variant: "red", reason: "TARGETING_MATCH" });
    expect(targeted(rule, {})).toMatchObject({ value: COLOURS.grey, variant: "grey", reason: "DEFAULT" });
  });

  test("true and false name the variants that are written so", () => {
    const flag = { state: "ENABLED", variants: { true: 1, false: 0 }, defaultVariant: "false" };
    const set = setOf({ flags: { f: { ...flag, targeting: { ends_with: [{ var: "email" }, "@example.com"] } } } });
    expect(set.evaluate("f", { email: "a@example.com" })).toMatchObject({ value: 1, reason: "TARGETING_MATCH" });
    expect(set.evaluate("f", { email: "a@bar.com" })).toMatchObject({ value: 0, reason: "TARGETING_MATCH" });
  });

  test("disabled: no value and no variant, whatever its targeting says", () => {
    const set = setOf({ flags: { f: { ...SWITCH, state: "DISABLED", targeting: { bogus: [] } } } });
    expect(set.evaluate("f", {})).toEqual({
      key: "f",
      reason: "DISABLED",
      metadata: { flagSetId: "default", version: 7 },
    });
  });

  test.each([[undefined], [null]])("a default variant of %s leaves the value to whoever asked", (defaultVariant) => {
    const flag = { ...SWITCH, defaultVariant };
    const set = setOf({ flags: { plain: flag, aimed: { ...flag, targeting: { if: [{ var: "on" }, "on", null] } } } });
    const metadata = { flagSetId: "default", version: 7 };
    expect(set.evaluate("plain", {})).toEqual({ key: "plain", reason: "DEFAULT", metadata });
    expect(set.evaluate("aimed", {})).toEqual({ key: "aimed", reason: "DEFAULT", metadata });
    expect(set.evaluate("aimed", { on: true })).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
  });

  test("a key that is not there is not found", () => {
    expect(setOf({ flags: {}, metadata: { team: "x" } }).evaluate("none", {})).toEqual({
      key: "none",
      reason: "ERROR",
      errorCode: "FLAG_NOT_FOUND",
      errorMessage: 'there is no flag "none"',
      metadata: { team: "x", flagSetId: "default", version: 7 },
    });
  });

  test("a variant that is not there is an error", () => {
    expect(targeted({ if: [true, "mauve"] })).toMatchObject({ reason: "ERROR", errorCode: "GENERAL" });
    expect(targeted({ "+": [1, 1] })).toMatchObject({ reason: "ERROR", errorCode: "GENERAL" });
  });

  test("an operator that is not there spoils its flag, and no other", () => {
    const set = setOf({ flags: { bad: { ...SWITCH, targeting: { if: [{ nope: [1] }, "on"] } }, good: SWITCH } });
    expect(set.evaluate("bad", {})).toMatchObject({ reason: "ERROR", errorCode: "PARSE_ERROR" });
    expect(set.evaluate("good", {})).toMatchObject({ value: false });
    expect(set.evaluateAll({}).map(({ reason }) => reason)).toEqual(["ERROR", "STATIC"]);
  });

  test("metadata is the flag's over the set's; what JSON could not carry to a provider is left out", () => {
    const set = setOf({
      flags: { f: { ...SWITCH, metadata: { team: "marketing", version: "17", list: [1] } } },
      metadata: { team: "payments", environment: "production", flagSetId: "payment-service" },
    });
    const shared = { environment: "production", flagSetId: "payment-service", version: 7 };
    expect(set.evaluate("f", {}).metadata).toEqual({ ...shared, team: "marketing" });
    expect(set.metadata).toEqual({ ...shared, team: "payments" });
  });

  test("a release that covers the set is named, with whether it is seen", () => {
    const exposure = { releaseId: "r-1", exposed: true };
    const compiled = FlagSet.compile({
      name: "s",
      text: JSON.stringify({ flags: { f: SWITCH } }),
      version: 3,
      exposure,
    });
    if (compiled.kind === "fault") throw new Error(compiled.detail);
    expect(compiled.evaluate("f", {}).metadata).toEqual({ flagSetId: "s", version: 3, ...exposure });
  });

  test("flags may be chosen by their metadata", () => {
    const set = setOf({ flags: { open: { ...SWITCH, metadata: { client: true } }, closed: SWITCH } });
    expect(set.evaluateAll({}, isForClients).map(({ key }) => key)).toEqual(["open"]);
  });

  test("whoever wants a type gets it, or their own value and why", () => {
    const set = setOf({ flags: { f: SWITCH } });
    expect(resolutionTyped(set.evaluate("f", {}), true)).toMatchObject({ value: false, reason: "STATIC" });
    expect(resolutionTyped(set.evaluate("f", {}), "x")).toMatchObject({ value: "x", errorCode: "TYPE_MISMATCH" });
    expect(resolutionTyped(set.evaluate("g", {}), 5)).toMatchObject({ value: 5, errorCode: "FLAG_NOT_FOUND" });
  });
});

describe("what is no flag set", () => {
  test.each([
    ["", "no text"],
    ["{", "half a text"],
    ['{"flags":{"f":{"state":"ON","variants":{},"defaultVariant":"a"}}}', "a state that there is not"],
    ['{"flags":{"f":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"b"}}}', "a default that there is not"],
    ['{"flags":{"f":{"state":"ENABLED"}}}', "a flag without variants"],
    ['{"flags":{"f":7}}', "a flag that is none"],
    ["null", "nothing"],
    [
      `{"flags":{"f":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":${'{"!":['.repeat(9_000)}1${"]}".repeat(9_000)}}}}`,
      "a rule deeper than any stack",
    ],
    ['{"flags":{},"$evaluators":null}{', "text after its end"],
  ])("%#", (text) => {
    expect(FlagSet.compile({ name: "s", text, version: 1 })).toMatchObject({ kind: "fault" });
  });

  test("evaluators that multiply each other are refused before they take the memory of the Worker", () => {
    const names = Array.from({ length: 12 }, (_, index) => `e${index}`);
    const $evaluators = Object.fromEntries(
      names.map((name, index) => [name, { or: Array.from({ length: 12 }, () => ({ $ref: `e${index + 1}` })) }]),
    );
    const text = JSON.stringify({ flags: { f: { ...SWITCH, targeting: { $ref: "e0" } } }, $evaluators });
    expect(text.length).toBeLessThan(4_096);
    expect(flagSetExpanded(text)).toBeUndefined();
    expect(FlagSet.compile({ name: "s", text, version: 1 })).toMatchObject({ kind: "fault" });
    expect(flagSetFindings(text)).toMatchObject([{ path: "" }]);
  });

  test("so is metadata that would be repeated for each of very many flags", () => {
    const flags = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`f${index}`, SWITCH]));
    const text = JSON.stringify({ flags, metadata: { note: "x".repeat(10_000) } });
    expect(FlagSet.compile({ name: "s", text, version: 1 })).toMatchObject({ kind: "fault" });
  });
});

describe("the engine in a Worker", () => {
  const text = JSON.stringify({
    flags: { f: { ...SWITCH, targeting: { if: [{ "==": [{ var: "a" }, 1] }, "on", "off"] } } },
  });
  const evaluate = (options: object) => {
    const core = new FlagdCore(new MemoryStorage(SILENT, options), SILENT);
    core.setConfigurations(text);
    return core.resolveBooleanEvaluation("f", false, { a: 1 });
  };

  test("answers callers with their defaults unless told to generate no code", () => {
    expect(evaluate({})).toMatchObject({ value: false, reason: "ERROR", errorCode: "PARSE_ERROR" });
    expect(evaluate(ENGINE_OPTIONS)).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
  });
});

describe("compiled sets", () => {
  const bytes = (version: number, more: object = {}) => ({
    namespace: "n",
    name: "default",
    version,
    value: utf8Encode(JSON.stringify({ flags: { f: SWITCH } })),
    ...more,
  });

  test("are kept by what they are: namespace, name, version, exposure", () => {
    const cache = new FlagSetCache();
    const first = cache.get(bytes(1));
    expect(cache.get(bytes(1))).toBe(first);
    const exposure = { releaseId: "r", exposed: true };
    const others = [bytes(2), bytes(1, { namespace: "m" }), bytes(1, { name: "s" }), bytes(1, { exposure })];
    for (const other of [...others, bytes(1, { exposure: { ...exposure, exposed: false } })]) {
      expect(cache.get(other)).not.toBe(first);
    }
    expect(cache.size).toBe(6);
  });

  test("that were not used for the longest go first, by number and by size", () => {
    const cache = new FlagSetCache({ setsMax: 2 });
    const [one, two] = [cache.get(bytes(1)), cache.get(bytes(2))];
    expect(cache.get(bytes(1))).toBe(one);
    cache.get(bytes(3));
    expect(cache.get(bytes(1))).toBe(one);
    expect(cache.get(bytes(2))).not.toBe(two);
    const small = new FlagSetCache({ charsMax: 2 * bytes(1).value.byteLength });
    for (const version of [1, 2, 3, 4]) small.get(bytes(version));
    expect(small.size).toBe(2);
  });

  test("that are none are kept too, so that they are not looked at each time", () => {
    const cache = new FlagSetCache();
    const broken = bytes(1, { value: Uint8Array.of(0xff) });
    expect(cache.get(broken)).toEqual({ kind: "fault", detail: "it is not UTF-8" });
    expect(cache.get(broken)).toBe(cache.get(broken));
  });
});

describe("findings", () => {
  const findings = (flags: unknown) => flagSetFindings(JSON.stringify({ flags }));

  test("a good set has none", () => {
    const metadata = { owner: "web", expires: "2027-01-31", client: true };
    expect(findings({ f: { ...SWITCH, metadata, targeting: { if: [{ var: "a" }, "on", "off"] } } })).toEqual([]);
  });

  test("flagd's schema says what is wrong, and where", () => {
    const paths = findings({ f: { ...SWITCH, variants: { on: true, off: "false" } } }).map(({ path }) => path);
    expect(paths.some((path) => path.startsWith("/flags/f/variants"))).toBe(true);
    expect(findings({ f: { ...SWITCH, targeting: { nope: [1] } } }).length).toBeGreaterThan(0);
    expect(findings({ f: { ...SWITCH, state: "ON" } }).length).toBeGreaterThan(0);
    expect(flagSetFindings("{")).toMatchObject([{ path: "" }]);
    expect(flagSetFindings("{}").length).toBeGreaterThan(0);
  });

  test("so do this service's own words", () => {
    const metadata = { owner: 7, expires: "2027-02-31", client: "yes" };
    expect(findings({ "a/b": { ...SWITCH, metadata } }).map(({ path }) => path)).toEqual([
      "/flags/a~1b/metadata/expires",
      "/flags/a~1b/metadata/owner",
      "/flags/a~1b/metadata/client",
    ]);
  });
});
