import { expect, test } from "vitest";
import { foreignHost } from "../../src/http/own-host.ts";

const hosts = ["dev.example"];
const answer = (url: string) => foreignHost(new Request(url), hosts);

test.each([
  "http://localhost:8787/v1/a/kv/b",
  "http://demo.localhost/",
  "http://127.0.0.1:1/",
  "http://127.8.9.10/",
  "http://[::1]:8787/",
  "http://dev.example:8787/",
  "http://DEV.example/",
])("%s is this machine's own", (url) => {
  expect(answer(url)).toBeUndefined();
});

test.each([
  "http://evil.example/",
  "http://localhost.evil.example/",
  "http://127.0.0.1.evil.example/",
  "http://dev.example.evil/",
  "http://10.0.0.1/",
  "http://[::2]/",
])("%s is refused", async (url) => {
  const response = answer(url);
  const body = (await response?.json()) as { readonly code: string } | undefined;
  expect([response?.status, body?.code]).toEqual([421, "misdirected"]);
});
