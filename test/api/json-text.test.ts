import { describe, expect, test } from "vitest";
import { jsonTextParse } from "../../src/api/json-text.ts";
import { Random } from "../random.ts";

const DEPTH_MAX = 8;
const parse = (text: string) => jsonTextParse(text, DEPTH_MAX);

describe("refused is", () => {
  test.each([
    ["", "not JSON"],
    ["{", "not JSON"],
    ["{} {}", "not JSON"],
    ['{"a":1,"a":1}', 'the member "a" is given more than once'],
    ['{"a":1,"\\u0061":1}', 'the member "a" is given more than once'],
    ['[{"b":{"a":[],"c":1,"a" \n:2}}]', 'the member "a" is given more than once'],
    ['{"\\\\":1,"\\u005c":2}', 'the member "\\\\" is given more than once'],
    ['{"__proto__":1}', "no member is named __proto__"],
    ['{"a":{"__proto_\\u005f":{}}}', "no member is named __proto__"],
    ['"\\ud800"', "a string is not Unicode text"],
    ['{"key":"a\\udfff"}', "a string is not Unicode text"],
    ['{"\\udc00\\ud800":1}', "a string is not Unicode text"],
    ['["\ud800"]', "a string is not Unicode text"],
  ])("%s", (text, detail) => {
    expect(parse(text)).toEqual({ kind: "fault", code: "invalid-request", detail });
  });

  test("what is nested deeper than allowed, however deep", () => {
    expect(parse("[".repeat(8) + "]".repeat(8)).kind).toBe("json");
    expect(parse("[".repeat(9) + "]".repeat(9))).toMatchObject({ kind: "fault", code: "too-large" });
    const deep = 100_000;
    expect(parse("[".repeat(deep) + "]".repeat(deep)).kind).toBe("fault");
  });
});

test.each([
  '{"a":{"a":1},"b":["a","a"]}',
  '["\\ud83d\\ude00", "😀", "\\\\", "\\"", "\\\\\\"", "{", "[\\"a\\":"]',
  ' { "a" : "b" , "b" : "a" } ',
  "1e400",
  "null",
])("%s is what JSON.parse makes of it", (text) => {
  expect(parse(text)).toEqual({ kind: "json", value: JSON.parse(text) });
});

/** A random value, and the text of it with random spaces and escapes. */
function written(random: Random, depth: number): string {
  const space = () => random.pick(["", " ", "\n\t"]);
  const string = () =>
    `"${Array.from({ length: random.below(4) }, () => random.pick(["a", "\\\\", '\\"', "\\u0062", "b", "é", "{", ":", "😀"])).join("")}"`;
  const kind = random.below(depth > 4 ? 2 : 4);
  const count = random.below(4);
  if (kind === 0) return string();
  if (kind === 1) return random.pick(["1", "-0.5e3", "true", "null"]);
  const members = Array.from({ length: count }, () =>
    kind === 2
      ? `${space()}${written(random, depth + 1)}${space()}`
      : `${space()}${string()}${space()}:${space()}${written(random, depth + 1)}${space()}`,
  ).join(",");
  return kind === 2 ? `[${members}]` : `{${members}}`;
}

/** Whether any object has fewer members than were written: counted by another way, with a reviver's help. */
function losesMembers(text: string): boolean {
  const names = text.replace(/"(?:[^"\\]|\\.)*"/g, (one, at: number) =>
    /^\s*:/.test(text.slice(at + one.length)) ? "N" : "S",
  );
  let kept = 0;
  JSON.parse(text, (name: string, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) kept += Object.keys(value).length;
    return value;
  });
  return kept < names.split("N").length - 1;
}

test("random texts are refused exactly when a member is lost", () => {
  const random = new Random(7);
  const seen = { json: 0, fault: 0 };
  for (let round = 0; round < 3_000; round++) {
    const text = written(random, 0);
    const { kind } = parse(text);
    expect([text, kind]).toEqual([text, losesMembers(text) ? "fault" : "json"]);
    seen[kind]++;
  }
  expect(Math.min(seen.json, seen.fault)).toBeGreaterThan(50);
});
