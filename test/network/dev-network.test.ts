import { expect, test } from "vitest";
import { type DevNetwork, devNetworkConnects } from "../../src/network/dev-network.ts";

test.each<[string, DevNetwork, boolean]>([
  ["a perfect network", {}, true],
  ["one end down", { down: ["oc"] }, false],
  ["another region down", { down: ["apac"] }, true],
  ["two groups", { partitions: [["oc", "apac"]] }, false],
  ["one group", { partitions: [["oc", "weur"]] }, true],
  ["a cut link", { cut: [["oc", "weur"]] }, false],
  ["a cut link, named the other way round", { cut: [["weur", "oc"]] }, false],
  ["another link cut", { cut: [["oc", "apac"]] }, true],
])("with %s, Western Europe and Oceania hear each other: %j", (_, network, connects) => {
  expect(devNetworkConnects(network, "weur", "oc")).toBe(connects);
  expect(devNetworkConnects(network, "oc", "weur")).toBe(connects);
});

test("a region always hears itself, whatever links are cut", () => {
  expect(devNetworkConnects({ cut: [["oc", "weur"]] }, "oc", "oc")).toBe(true);
});
