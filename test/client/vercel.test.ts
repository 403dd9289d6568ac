import type { Adapter } from "flags";
import { evaluate, flag } from "flags/next";
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { createSynodAdapter, type SynodAdapter } from "../../src/client/flags.ts";
import { createSynod } from "../../src/client/index.ts";
import { DevServer } from "../e2e/server.ts";

const SWITCH = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;
const setOf = (on: boolean) => {
  const both = { ...SWITCH, defaultVariant: on ? "on" : "off" };
  return {
    flags: {
      one: both,
      two: both,
      aimed: { ...SWITCH, targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", null] } },
      text: { state: "ENABLED", variants: { a: "hello" }, defaultVariant: "a" },
      disabled: { ...SWITCH, state: "DISABLED" },
    },
  };
};

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

async function filled() {
  const namespace = `t-${crypto.randomUUID()}`;
  const synod = createSynod({ url: server.base }, { namespace });
  await synod.kv.put("flags/default", setOf(false));
  return { namespace, put: (on: boolean) => synod.kv.put("flags/default", setOf(on)) };
}

const request = () => new Request("https://app.example/");

test("the adapter is one of Vercel's Flags SDK", () => {
  expectTypeOf<SynodAdapter<boolean, { plan: string }>>().toExtend<Adapter<boolean, { plan: string }>>();
});

test("flags come to their values, and to the code's default where they have none", async () => {
  const { namespace } = await filled();
  const synodAdapter = createSynodAdapter({ url: server.base }, { namespace });
  const identify = () => ({ plan: "pro" });
  const aimed = flag<boolean, { plan: string }>({ key: "aimed", adapter: synodAdapter(), identify });
  expect(await aimed(request())).toBe(true);
  const text = flag<string>({ key: "text", adapter: synodAdapter() });
  expect(await text(request())).toBe("hello");
  for (const key of ["disabled", "missing"]) {
    expect(await flag<boolean>({ key, adapter: synodAdapter(), defaultValue: true })(request())).toBe(true);
    await expect(flag<boolean>({ key, adapter: synodAdapter() })(request())).rejects.toThrow();
  }
});

test("flags that are evaluated together are of one revision", async () => {
  const { namespace, put } = await filled();
  const synodAdapter = createSynodAdapter({ url: server.base }, { namespace, maxAgeMs: -1 });
  const one = flag<boolean>({ key: "one", adapter: synodAdapter() });
  const two = flag<boolean>({ key: "two", adapter: synodAdapter() });
  const seen = new Set<string>();
  for (let round = 0; seen.size < 2; round++) {
    await put(round % 2 === 0);
    const values = await evaluate([one, two], request());
    seen.add(values.join(" "));
    expect(values[0]).toBe(values[1]);
  }
  expect([...seen].toSorted()).toEqual(["false false", "true true"]);
});

test("where nobody answers the code's default holds, and the next evaluation tries again", async () => {
  const { namespace } = await filled();
  let isAway = true;
  const fetchOrNot: typeof fetch = (input, init) =>
    isAway ? Promise.reject(new TypeError("no network")) : fetch(input, init);
  const options = { namespace, deadlineMs: 200, fetch: fetchOrNot as (input: string) => Promise<Response> };
  const one = flag<boolean>({
    key: "one",
    adapter: createSynodAdapter({ url: server.base }, options)(),
    defaultValue: true,
  });
  expect(await one(request())).toBe(true);
  isAway = false;
  while (await one(request()));
});
