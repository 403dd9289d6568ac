import { expect, test } from "vitest";
import { regionOf } from "../../src/http/region.ts";

test.each([
  ["Lisbon", "38.7", "-9.1", "weur"],
  ["Kyiv", "50.4", "30.5", "eeur"],
  ["San Francisco", "37.8", "-122.4", "wnam"],
  ["Honolulu", "21.3", "-157.9", "wnam"],
  ["New York", "40.7", "-74.0", "enam"],
  ["Jakarta", "-6.2", "106.8", "apac"],
  ["Seoul", "37.6", "127.0", "apac-ne"],
  ["Auckland", "-36.8", "174.8", "oc"],
  ["Buenos Aires", "-34.6", "-58.4", "sam"],
  ["Nairobi", "-1.3", "36.8", "afr"],
  ["Riyadh", "24.7", "46.7", "me"],
])("%s is nearest to %s", (_, latitude, longitude, region) => {
  expect(regionOf({ latitude, longitude })).toBe(region);
});

test("a continent is better than nothing", () => {
  expect(regionOf({ continent: "SA" })).toBe("sam");
  expect(regionOf({ latitude: "", longitude: "x", continent: "OC" })).toBe("oc");
});

test("nothing known is somewhere all the same", () => {
  expect(regionOf(undefined)).toBe("enam");
  expect(regionOf({ continent: "T1" })).toBe("enam");
});

test("a claim comes first, and has to name a region", () => {
  expect(regionOf({ latitude: "38.7", longitude: "-9.1" }, "oc")).toBe("oc");
  expect(() => regionOf(undefined, "mars")).toThrow("synod-region");
});
