import { OFREPWebProvider, type OFREPWebProviderOptions } from "@openfeature/ofrep-web-provider";
import { type Client, type EvaluationContext, OpenFeature, type Provider, ProviderEvents } from "@openfeature/web-sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createSynod } from "../../src/client/index.ts";
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
    code: { state: "ENABLED", variants: { a: "b" } },
    broken: { ...SWITCH, targeting: { nope: [] } },
  },
});

const TOKEN = "0123456789abcdef0123456789abcdef";

// Some start servers of their own.
vi.setConfig({ testTimeout: 300_000 });

let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());
afterEach(() => OpenFeature.close());

/** Its types leave out what ours are strict about: that a member which is absent is not one that is undefined. */
function ofrepProvider(options: OFREPWebProviderOptions): Provider {
  return new OFREPWebProvider({ cacheMode: "disabled", ...options }) as Provider;
}

/** The provider as it is published, on a namespace of its own; `put` writes its flag set. */
async function provided(
  options: Partial<OFREPWebProviderOptions> = {},
  { base, token }: { readonly base: string; readonly token?: string } = server,
) {
  const namespace = `t-${crypto.randomUUID()}`;
  const synod = createSynod({ url: base }, { namespace, token });
  const put = async (on: boolean) => (await synod.kv.put("flags/default", setOf(on))).revision;
  const version = await put(false);
  const headers: [string, string][] = [["synod-namespace", namespace]];
  if (token !== undefined) headers.push(["authorization", `Bearer ${token}`]);
  const provider = ofrepProvider({ baseUrl: base, headers, ...options });
  await OpenFeature.setProviderAndWait(namespace, provider, { targetingKey: "user-1" });
  return { namespace, client: OpenFeature.getClient(namespace), put, version };
}

/** Until the provider has told that these flags changed. */
function changed(client: Client): Promise<readonly string[]> {
  return new Promise((resolve) => {
    client.addHandler(ProviderEvents.ConfigurationChanged, (event) => resolve(event?.flagsChanged ?? []));
  });
}

describe("OpenFeature's web provider", () => {
  test("evaluates every type, and tells where a value is from", async () => {
    const { client, version } = await provided({ changeDetection: "none" });
    expect(client.getBooleanValue("changing", true)).toBe(false);
    expect(client.getStringValue("text", "x")).toBe("hello");
    expect(client.getNumberValue("number", 0)).toBe(2.5);
    expect(client.getObjectValue("object", {})).toEqual({ colour: "blue" });
    expect(client.getBooleanDetails("changing", true)).toMatchObject({
      reason: "STATIC",
      variant: "off",
      flagMetadata: { flagSetId: "default", version },
    });
  });

  test("falls back to the code's default, and tells why", async () => {
    const { client } = await provided({ changeDetection: "none" });
    expect(client.getBooleanDetails("disabled", true)).toMatchObject({ value: true, reason: "DISABLED" });
    expect(client.getStringDetails("code", "mine")).toMatchObject({ value: "mine", reason: "DEFAULT" });
    expect(client.getBooleanDetails("missing", true)).toMatchObject({ value: true, errorCode: "FLAG_NOT_FOUND" });
    expect(client.getBooleanDetails("broken", true)).toMatchObject({ value: true, errorCode: "PARSE_ERROR" });
    expect(client.getStringDetails("changing", "x")).toMatchObject({ value: "x", errorCode: "TYPE_MISMATCH" });
  });

  test("asks anew when an attribute changes", async () => {
    const { client, namespace } = await provided({ changeDetection: "none" });
    const about = (context: EvaluationContext) =>
      OpenFeature.setContext(namespace, { targetingKey: "user-1", ...context });
    for (const [plan, value] of [
      ["pro", true],
      ["free", false],
      ["pro", true],
    ] as const) {
      await about({ plan });
      expect(client.getBooleanValue("aimed", !value)).toBe(value);
    }
  });

  test("is told of changes by the event stream that an answer names", async () => {
    const { client, put } = await provided();
    for (const on of [true, false]) {
      const news = changed(client);
      await put(on);
      expect(await news).toContain("changing");
      expect(client.getBooleanValue("changing", !on)).toBe(on);
    }
  });

  test("polls where it is told to", async () => {
    const { client, put } = await provided({ changeDetection: "polling", pollInterval: 50 });
    const news = changed(client);
    await put(true);
    expect(await news).toContain("changing");
    expect(client.getBooleanValue("changing", false)).toBe(true);
  });

  test("goes on after the server was away", async () => {
    const mine = await DevServer.start();
    const { client, put } = await provided({}, mine);
    await mine.stop();
    await mine.start();
    const news = changed(client);
    await put(true);
    expect(await news).toContain("changing");
    await OpenFeature.close();
    await mine.dispose();
  });

  test("listens with a ticket where a token is needed", async () => {
    const mine = await DevServer.start({ SYNOD_TOKEN: TOKEN });
    const { client, put } = await provided({}, { base: mine.base, token: TOKEN });
    const news = changed(client);
    await put(true);
    expect(await news).toContain("changing");
    await OpenFeature.close();
    await mine.dispose();
  });

  test("without the token is told that it may not", async () => {
    const mine = await DevServer.start({ SYNOD_TOKEN: TOKEN });
    const provider = ofrepProvider({ baseUrl: mine.base });
    await expect(OpenFeature.setProviderAndWait("denied", provider)).rejects.toThrow("Initialization failed");
    await mine.dispose();
  });
});
