import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";

test("/healthz answers", async () => {
  const worker = (exports as unknown as { readonly default: Fetcher }).default;
  const response = await worker.fetch("http://synod.test/healthz");
  expect(response.status).toBe(200);
  await response.body?.cancel();
});
