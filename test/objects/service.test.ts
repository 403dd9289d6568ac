import { createExecutionContext, env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { createSynod } from "../../src/client/index.ts";
import type { Env } from "../../src/objects/env.ts";
import { type SynodProps, SynodService } from "../../src/service.ts";
import { clientConformance } from "../client/conformance.ts";

/** The entrypoint as a binding with these props reaches it. */
function bound(props?: Partial<SynodProps>): SynodService {
  const context = createExecutionContext();
  Object.defineProperty(context, "props", { value: props ?? {} });
  return new SynodService(context as never, env as unknown as Env);
}

const bindingOf = (service: SynodService) => ({
  fetch: (input: string, init?: RequestInit) => service.fetch(new Request(input, init)),
});

describe("the props of a binding are what it may do", () => {
  test("a reader reads and does not write; a writer does both; neither leaves its namespace", async () => {
    const writer = createSynod(
      { binding: bindingOf(bound({ namespace: "mine", role: "writer" })) },
      { namespace: "mine" },
    );
    const reader = createSynod(
      { binding: bindingOf(bound({ namespace: "mine", role: "reader" })) },
      { namespace: "mine" },
    );
    await writer.kv.put("k", "v");
    expect((await reader.kv.get("k"))?.value).toBe("v");
    await expect(reader.kv.put("k", "w")).rejects.toMatchObject({ code: "forbidden" });
    const astray = createSynod(
      { binding: bindingOf(bound({ namespace: "mine", role: "writer" })) },
      { namespace: "mine2" },
    );
    await expect(astray.kv.get("k")).rejects.toMatchObject({ code: "forbidden" });
  });

  test("without props nothing is allowed", async () => {
    const none = createSynod({ binding: bindingOf(bound()) }, { namespace: "mine" });
    await expect(none.kv.get("k")).rejects.toMatchObject({ code: "forbidden" });
    const path = await bound({ namespace: "mine", role: "writer" }).fetch(
      new Request("https://synod.internal/v3/kv/range"),
    );
    expect(path.status).toBe(403);
  });

  test("a reader evaluates the flags of its namespace, and of no other", async () => {
    const binding = bindingOf(bound({ namespace: "flagged", role: "reader" }));
    expect(await createSynod({ binding }, { namespace: "flagged" }).flags.evaluate("f", 7)).toMatchObject({
      value: 7,
      errorCode: "FLAG_NOT_FOUND",
    });
    const astray = createSynod({ binding }, { namespace: "mine" }).flags;
    await expect(astray.evaluate("f", 7)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("a namespace can be called without the client, and watched as lines of bytes", async () => {
    const namespace = bound({ namespace: "called", role: "writer" }).namespace();
    const { revision } = await namespace.put("a", { n: 1 });
    expect((await namespace.get("a"))?.value).toEqual({ n: 1 });
    expect((await namespace.list("")).map(({ key }) => key)).toEqual(["a"]);
    expect(await namespace.get("missing")).toBeNull();
    await expect(namespace.put("a", 2, { ifAbsent: true })).rejects.toMatchObject({
      name: "SynodError",
      code: "precondition-failed",
    });
    const reader = namespace.watch({ prefix: "" }, { from: revision }).getReader();
    const line = new TextDecoder().decode((await reader.read()).value);
    expect(JSON.parse(line)).toMatchObject({
      kind: "events",
      revision,
      events: [{ type: "put", key: "a", value: { n: 1 } }],
    });
    await reader.cancel();
  });
});

let count = 0;
clientConformance("the client over the service's entrypoint", () => ({
  binding: {
    fetch: (input: string, init?: RequestInit) => {
      const named = new Headers(init?.headers).get("synod-namespace");
      const namespace = named ?? new URL(input).pathname.split("/")[2] ?? "";
      count++;
      return bindingOf(bound({ namespace, role: "admin" })).fetch(input, init);
    },
  },
}));
test("which is what answered", () => expect(count).toBeGreaterThan(0));
