import { createExecutionContext, env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { FlagshipServerProvider } from "@cloudflare/flagship/server";
import { OpenFeature } from "@openfeature/server-sdk";
import { describe, expect, test } from "vitest";
import { createSynod } from "../../src/client/index.ts";
import type { FlagsProps } from "../../src/flags-service.ts";
import type { Env } from "../../src/objects/env.ts";
import { SynodService } from "../../src/service.ts";

/** The entrypoint over RPC, as a binding with these props reaches it. */
function bound(props: Partial<FlagsProps> = {}): Flagship {
  return (exports as unknown as { Flags(options: { props: object }): Flagship }).Flags({ props });
}

function contextWith(props: object): ExecutionContext {
  const context = createExecutionContext();
  Object.defineProperty(context, "props", { value: props });
  return context;
}

const SWITCH = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } as const;
const FLAGS = {
  flags: {
    bool: { ...SWITCH, targeting: { if: [{ "==": [{ var: "plan" }, "pro"] }, "on", null] } },
    text: { state: "ENABLED", variants: { a: "hello" }, defaultVariant: "a" },
    number: { state: "ENABLED", variants: { a: 2.5 }, defaultVariant: "a" },
    object: { state: "ENABLED", variants: { a: { colour: "blue" } }, defaultVariant: "a" },
    disabled: { ...SWITCH, state: "DISABLED" },
  },
};

let count = 0;
/** A namespace of its own with the flag set. */
async function filled(set = "default"): Promise<FlagsProps> {
  const namespace = `flags-${Date.now().toString(36)}-${count++}`;
  const service = new SynodService(contextWith({ namespace, role: "writer" }) as never, env as unknown as Env);
  const binding = { fetch: (input: string, init?: RequestInit) => service.fetch(new Request(input, init)) };
  await createSynod({ binding }, { namespace }).kv.put(`flags/${set}`, FLAGS);
  return { namespace, set };
}

describe("Flagship's methods", () => {
  test("give values of every type, and the default where there is none", async () => {
    const flags = bound(await filled());
    expect(await flags.getBooleanValue("bool", false, { plan: "pro" })).toBe(true);
    expect(await flags.getBooleanValue("bool", true)).toBe(false);
    expect(await flags.getStringValue("text", "x")).toBe("hello");
    expect(await flags.getNumberValue("number", 0)).toBe(2.5);
    expect(await flags.getObjectValue("object", {})).toEqual({ colour: "blue" });
    expect(await flags.get("number")).toBe(2.5);
    expect(await flags.get("missing", "mine")).toBe("mine");
    expect(await flags.getBooleanValue("disabled", true)).toBe(true);
    expect(await flags.getBooleanValue("text", true)).toBe(true);
  });

  test("give details, and say why a default was taken", async () => {
    const flags = bound({ ...(await filled("mobile")), consistency: "local", region: "weur" });
    expect(await flags.getBooleanDetails("bool", false, { plan: "pro" })).toEqual({
      flagKey: "bool",
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
    });
    expect(await flags.getStringDetails("text", "x")).toMatchObject({ value: "hello", reason: "STATIC" });
    expect(await flags.getNumberDetails("text", 1)).toMatchObject({ value: 1, errorCode: "TYPE_MISMATCH" });
    expect(await flags.getObjectDetails("missing", {})).toMatchObject({ value: {}, errorCode: "FLAG_NOT_FOUND" });
    expect(await flags.getBooleanDetails("disabled", true)).toEqual({
      flagKey: "disabled",
      value: true,
      reason: "DISABLED",
    });
  });

  test("of a binding that names no namespace, or no name of a set, evaluate nothing", async () => {
    for (const props of [undefined, { namespace: "UPPER" }, { namespace: "n", set: "a/b" }]) {
      expect(await bound(props).getBooleanDetails("f", true)).toMatchObject({ value: true, errorCode: "GENERAL" });
    }
  });
});

test("Flagship's own server provider works on it unchanged", async () => {
  const binding = bound(await filled());
  await OpenFeature.setProviderAndWait("flagship", new FlagshipServerProvider({ binding }));
  const client = OpenFeature.getClient("flagship");
  expect(await client.getBooleanDetails("bool", false, { plan: "pro" })).toMatchObject({
    value: true,
    variant: "on",
    reason: "TARGETING_MATCH",
  });
  expect(await client.getBooleanValue("bool", true, { plan: "free" })).toBe(false);
  expect(await client.getStringValue("text", "x")).toBe("hello");
  expect(await client.getNumberValue("number", 0)).toBe(2.5);
  expect(await client.getObjectValue("object", {})).toEqual({ colour: "blue" });
  expect(await client.getBooleanDetails("missing", true)).toMatchObject({ value: true, errorCode: "FLAG_NOT_FOUND" });
  expect(await client.getStringDetails("bool", "x")).toMatchObject({ value: "x", errorCode: "TYPE_MISMATCH" });
  expect(await client.getBooleanDetails("disabled", true)).toMatchObject({ value: true, reason: "DISABLED" });
  await OpenFeature.close();
});
