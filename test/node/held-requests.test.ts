import { expect, test } from "vitest";
import { HeldRequests } from "../../src/node/coordinate/held-requests.ts";
import { REQUEST_DEADLINE_MS } from "../../src/node/timing.ts";

/** Work that ends when it is told to. */
function work() {
  let end = () => {};
  const done = new Promise<string>((resolve) => {
    end = () => resolve("done");
  });
  return { run: () => done, end };
}

test("a namespace holds so many requests, and no more; others are served meanwhile", async () => {
  const held = new HeldRequests(2, () => 0);
  const [first, second] = [work(), work()];
  const holding = [held.hold("busy", first.run), held.hold("busy", second.run)];
  expect(await held.hold("busy", async () => "done")).toBeUndefined();
  expect(await held.hold("quiet", async () => "done")).toBe("done");
  first.end();
  expect(await holding[0]).toBe("done");
  expect(await held.hold("busy", async () => "done")).toBe("done");
  second.end();
});

test("a request that fails is held no longer", async () => {
  const held = new HeldRequests(1, () => 0);
  await expect(held.hold("ns", () => Promise.reject(new Error("broke off")))).rejects.toThrow("broke off");
  expect(await held.hold("ns", async () => "done")).toBe("done");
});

test("a request whose client went away, and which never ends, is forgotten after its deadline", async () => {
  let now = 0;
  const held = new HeldRequests(1, () => now);
  void held.hold("ns", () => new Promise(() => {}));
  expect(await held.hold("ns", async () => "done")).toBeUndefined();
  now += 2 * REQUEST_DEADLINE_MS;
  expect(await held.hold("ns", async () => "done")).toBe("done");
});
