import { setTimeout as sleep } from "node:timers/promises";
import { OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createSynod } from "../../src/client/index.ts";
import { SynodProvider, type SynodProviderOptions } from "../../src/client/openfeature.ts";
import { DevServer } from "../e2e/server.ts";

const SWITCH = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;
const setOf = (on: boolean) => ({
  flags: {
    changing: { ...SWITCH, defaultVariant: on ? "on" : "off" },
    aimed: { ...SWITCH, targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", null] } },
    text: { state: "ENABLED", variants: { a: "hello" }, defaultVariant: "a" },
    number: { state: "ENABLED", variants: { a: 2.5 }, defaultVariant: "a" },
    object: { state: "ENABLED", variants: { a: { colour: "blue" } }, defaultVariant: "a" },
    disabled: { ...SWITCH, state: "DISABLED" },
    broken: { ...SWITCH, targeting: { nope: [] } },
  },
});

// Some start servers of their own.
vi.setConfig({ testTimeout: 300_000 });

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());
afterEach(() => OpenFeature.close());

function freshNamespace(): string {
  return `t-${crypto.randomUUID()}`;
}

function putter(url: string, namespace: string) {
  const synod = createSynod({ url }, { namespace });
  return async (on: boolean, set = "default") => (await synod.kv.put(`flags/${set}`, setOf(on))).revision;
}

async function provided(options: SynodProviderOptions = {}, url = server.base) {
  const namespace = freshNamespace();
  const put = putter(url, namespace);
  const version = await put(false, options.set);
  const provider = new SynodProvider({ url }, { namespace, ...options });
  const events: string[] = [];
  for (const event of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error] as const) {
    OpenFeature.getClient(namespace).addHandler(event, () => events.push(event));
  }
  await OpenFeature.setProviderAndWait(namespace, provider);
  return { client: OpenFeature.getClient(namespace), namespace, put, version, events };
}

describe("OpenFeature's provider for servers", () => {
  test("evaluates every type here, and tells where a value is from", async () => {
    const { client, version } = await provided();
    expect(await client.getBooleanValue("aimed", false, { plan: "pro" })).toBe(true);
    expect(await client.getBooleanValue("aimed", true, { plan: "free" })).toBe(false);
    expect(await client.getStringValue("text", "x")).toBe("hello");
    expect(await client.getNumberValue("number", 0)).toBe(2.5);
    expect(await client.getObjectValue("object", {})).toEqual({ colour: "blue" });
    expect(await client.getBooleanDetails("changing", true)).toMatchObject({
      reason: "STATIC",
      variant: "off",
      flagMetadata: { flagSetId: "default", version },
    });
  });

  test("falls back to the code's default, and tells why", async () => {
    const { client } = await provided({ set: "mobile" });
    expect(await client.getBooleanDetails("disabled", true)).toMatchObject({ value: true, reason: "DISABLED" });
    expect(await client.getBooleanDetails("missing", true)).toMatchObject({ value: true, errorCode: "FLAG_NOT_FOUND" });
    expect(await client.getBooleanDetails("broken", true)).toMatchObject({ value: true, errorCode: "PARSE_ERROR" });
    expect(await client.getStringDetails("text", "x")).toMatchObject({ value: "hello" });
    expect(await client.getNumberDetails("text", 1)).toMatchObject({ value: 1, errorCode: "TYPE_MISMATCH" });
  });

  test("is ready once, and tells which flags changed, those that came and went too", async () => {
    const { client, namespace, put, events } = await provided();
    const changes: (readonly string[] | undefined)[] = [];
    client.addHandler(ProviderEvents.ConfigurationChanged, (event) => void changes.push(event?.flagsChanged));
    await put(true);
    await expect.poll(() => changes, { timeout: 120_000 }).toEqual([["changing"]]);
    expect(await client.getBooleanValue("changing", false)).toBe(true);
    // Another set, and the same flags again, are no news.
    await put(true, "default2");
    await put(true);
    await createSynod({ url: server.base }, { namespace }).kv.put("flags/default", { flags: { only: SWITCH } });
    await expect.poll(() => changes.length, { timeout: 120_000 }).toBe(2);
    expect(changes[1]?.toSorted()).toEqual([...Object.keys(setOf(true).flags), "only"].toSorted());
    expect(events).toEqual([ProviderEvents.Ready]);
  });

  test("goes on while the service is away, is stale then, and ready and up to date once it is back", async () => {
    const mine = await DevServer.start();
    const { client, put, events } = await provided({}, mine.base);
    await mine.stop();
    await expect.poll(() => client.providerStatus, { timeout: 120_000 }).toBe(ProviderStatus.STALE);
    expect(await client.getBooleanValue("changing", true)).toBe(false);
    await mine.start();
    await put(true);
    await expect.poll(() => client.getBooleanValue("changing", false), { timeout: 120_000 }).toBe(true);
    await expect.poll(() => client.providerStatus, { timeout: 120_000 }).toBe(ProviderStatus.READY);
    expect(events.slice(0, 2)).toEqual([ProviderEvents.Ready, ProviderEvents.Stale]);
    expect(events.at(-1)).toBe(ProviderEvents.Ready);
    await OpenFeature.close();
    await mine.dispose();
  });

  test("that finds nobody says so, and is ready once somebody answers", async () => {
    const mine = await DevServer.start();
    const namespace = freshNamespace();
    await putter(mine.base, namespace)(true);
    await mine.stop();
    const provider = new SynodProvider({ url: mine.base }, { namespace, deadlineMs: 300 });
    await expect(OpenFeature.setProviderAndWait(namespace, provider)).rejects.toThrow();
    const client = OpenFeature.getClient(namespace);
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanDetails("changing", false)).toMatchObject({ errorCode: "PROVIDER_NOT_READY" });
    await mine.start();
    await expect.poll(() => client.providerStatus, { timeout: 120_000 }).toBe(ProviderStatus.READY);
    expect(await client.getBooleanValue("changing", false)).toBe(true);
    await OpenFeature.close();
    await mine.dispose();
  });

  test("starts from what was saved where nobody answers, and is stale", async () => {
    const saved = new Map<string, string>();
    const snapshot = {
      load: async (name: string) => saved.get(name) ?? null,
      save: async (name: string, text: string) => void saved.set(name, text),
    };
    const { put } = await provided({ snapshot });
    await put(true);
    await expect.poll(() => saved.size, { timeout: 120_000 }).toBe(1);
    const provider = new SynodProvider({ url: "http://127.0.0.1:9" }, { snapshot, deadlineMs: 300 });
    await OpenFeature.setProviderAndWait("offline", provider);
    const client = OpenFeature.getClient("offline");
    await expect.poll(() => client.providerStatus, { timeout: 120_000 }).toBe(ProviderStatus.STALE);
    expect(await client.getStringValue("text", "x")).toBe("hello");
  });

  test("that is refused is in a fatal state", async () => {
    const provider = new SynodProvider({ url: server.base }, { namespace: "UPPER" });
    await expect(OpenFeature.setProviderAndWait("refused", provider)).rejects.toThrow();
    expect(OpenFeature.getClient("refused").providerStatus).toBe(ProviderStatus.FATAL);
  });

  test("hands on what is tracked, with the revision that flags were of", async () => {
    const tracked: unknown[] = [];
    const { client, version } = await provided({ onTrack: (one) => tracked.push(one) });
    client.track("checkout", { targetingKey: "user-1" }, { value: 99.9 });
    expect(tracked).toEqual([
      { name: "checkout", context: { targetingKey: "user-1" }, details: { value: 99.9 }, revision: version },
    ]);
  });

  test("may read anew when it is used instead of following a watch", async () => {
    const { client, put } = await provided({ maxAgeMs: 0 });
    await put(true);
    while (!(await client.getBooleanValue("changing", false))) await sleep(20);
  });
});
