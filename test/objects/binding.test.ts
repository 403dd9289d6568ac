import { env } from "cloudflare:workers";
import { expect, test } from "vitest";

test("the acceptor binding makes stubs", () => {
  const namespace = (env as unknown as { readonly ACCEPTOR: DurableObjectNamespace }).ACCEPTOR;
  expect(namespace.idFromName("a").equals(namespace.idFromName("a"))).toBe(true);
});
