import { expect, test } from "vitest";
import { settingsRead } from "../../src/serve/settings.ts";

test("without anything it is port 8787 on both loopback addresses, with the state where it always was", () => {
  expect(settingsRead("/synod", {}, [])).toEqual({
    dev: false,
    port: 8787,
    host: undefined,
    state: "/synod/.wrangler/state",
    folder: "/synod/.wrangler/serve-8787",
    vars: { SYNOD_OPEN: "1" },
    heapMib: undefined,
  });
});

test("another port has a state folder of its own", () => {
  expect(settingsRead("/synod", { PORT: "9000" }, ["--dev"])).toMatchObject({
    dev: true,
    port: 9000,
    state: "/synod/.wrangler/state-9000",
    vars: { SYNOD_DEV: "1", SYNOD_OPEN: "1" },
  });
});

test("the environment's own choices come first", () => {
  const env = { PORT: "", HOST: "::1", SYNOD_STATE: "here", SYNOD_TOKEN: "t", SYNOD_REGIONS: "oc" };
  expect(settingsRead("/synod", env, [])).toMatchObject({
    host: "::1",
    state: "/synod/here",
    vars: { SYNOD_TOKEN: "t", SYNOD_REGIONS: "oc" },
  });
});

test.each([
  [{ PORT: "http" }, [], 'PORT must be a whole number from 1 to 65535, not "http".'],
  [{ PORT: "0" }, [], 'PORT must be a whole number from 1 to 65535, not "0".'],
  [{ PORT: "65536" }, [], 'PORT must be a whole number from 1 to 65535, not "65536".'],
  [{ PORT: "1e3" }, [], 'PORT must be a whole number from 1 to 65535, not "1e3".'],
  [{ SYNOD_REGIONS: "wnam,enam" }, [], "SYNOD_REGIONS names 1, 3, 5 or 7 regions, not 2."],
  [{ SYNOD_RETENTION: "[]" }, [], 'SYNOD_RETENTION is a JSON object like {"*": {"revisions": 100000}}, not "[]".'],
  [{ SYNOD_TOKEN: "" }, [], "SYNOD_ROOT_TOKEN is empty, so nobody could send it: unset it, or give it a value."],
  [{ SYNOD_ROOT_TOKEN: "a,b,c" }, [], "SYNOD_ROOT_TOKEN has more than 2 tokens."],
  [{ SYNOD_ROOT_TOKEN: "syn_a" }, [], "SYNOD_ROOT_TOKEN begins with syn_, as API tokens do: choose another."],
  [
    { HOST: "0.0.0.0" },
    [],
    "HOST is not a loopback address, so SYNOD_ROOT_TOKEN must be set: without it everybody who can reach this server is root.",
  ],
  [{ SYNOD_HEAP_MIB: "1G" }, [], "SYNOD_HEAP_MIB must be a whole number from 64 on."],
  [{}, ["--port=1"], "There is no parameter --port=1; --dev is."],
])("%j %j is refused in one line", (env, parameters, line) => {
  expect(settingsRead("/synod", env, parameters)).toEqual([line]);
});

test("every setting that makes no sense has its line", () => {
  expect(settingsRead("/synod", { PORT: "x", SYNOD_REGIONS: "x", SYNOD_TOKEN: "" }, ["x"])).toHaveLength(4);
});
