import { expect, test } from "vitest";
import { regionsParse, retentionParse, tokenFault } from "../../src/network/deployment.ts";

test.each(["wnam", "wnam,enam,weur", " wnam , enam,weur,apac,oc", "wnam,enam,weur,eeur,apac,apac-ne,oc"])(
  "SYNOD_REGIONS may be %j",
  (text) => {
    expect(regionsParse(text)).toEqual({ kind: "ok", value: text.split(",").map((name) => name.trim()) });
  },
);

test.each([
  ["", "distinct regions"],
  ["wnam,enam", "1, 3, 5 or 7 regions, not 2"],
  ["wnam,wnam,enam", "distinct regions"],
  ["wnam,enam,moon", "distinct regions"],
  ["wnam,enam,sam", "regions that host objects"],
  ["wnam,enam,weur,", "distinct regions"],
])("SYNOD_REGIONS may not be %j", (text, why) => {
  expect(regionsParse(text)).toMatchObject({ kind: "fault", detail: expect.stringContaining(why) });
});

test.each(["{}", '{"*":{"revisions":1}}', '{"a":{"seconds":0.5},"*":{}}'])("SYNOD_RETENTION may be %s", (text) => {
  expect(retentionParse(text)).toEqual({ kind: "ok", value: JSON.parse(text) });
});

test.each([
  ["", "a JSON object"],
  ["{", "a JSON object"],
  ["[]", "a JSON object"],
  ["null", "a JSON object"],
  ['{"*":1}', '"*" is not an object'],
  ['{"*":{"revisions":0}}', "positive number as revisions"],
  ['{"*":{"revisions":1.5}}', "whole number of revisions"],
  ['{"*":{"seconds":"1"}}', "positive number as seconds"],
  ['{"*":{"days":1}}', 'has "days"'],
])("SYNOD_RETENTION may not be %s", (text, why) => {
  expect(retentionParse(text)).toMatchObject({ kind: "fault", detail: expect.stringContaining(why) });
});

test("a token is visible ASCII, and a complaint never shows it", () => {
  expect(tokenFault("s3cret-~!")).toBeUndefined();
  for (const token of ["", "two words", "tab\t", "ünïcode", "x".repeat(5_000)]) {
    const fault = tokenFault(token);
    expect(fault).toMatch(/^SYNOD_ROOT_TOKEN /);
    if (token !== "") expect(fault).not.toContain(token);
  }
});
