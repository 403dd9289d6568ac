import { describe, expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

/** What takes JSON, and a body that is right but for what a test adds to it. */
const BODIES = [
  ["POST", "/txn", '{"success":[{"put":{"key":"KEY","value":"VALUE"}}],"compare":[{"prefix":"KEY","version":0}]}'],
  ["POST", "/leases", '{"ttl":60,"id":"7"}'],
  ["POST", "/compact", '{"revision":1}'],
] as const;

describe.each(BODIES)("%s %s", (method, path, body) => {
  const posted = (text: BodyInit) => send(`/v1/${freshNamespace()}${path}`, { method, body: text });

  test("takes no text that is not Unicode", async () => {
    for (const lone of ["\\ud800", "\\udfff", "a\\udc00\\ud800b"]) {
      const found = body.includes("KEY") ? ["KEY", "VALUE"] : [];
      for (const name of found) await problemOf(await posted(body.replace(name, lone)), "invalid-request");
      await problemOf(await posted(body.replace("{", `{"${lone}":1,`)), "invalid-request");
    }
  });

  test("takes no body that is not UTF-8", async () => {
    const bytes = new TextEncoder().encode(body);
    for (const wrong of [[0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      const at = bytes.indexOf(0x22) + 1;
      const broken = Uint8Array.from([...bytes.slice(0, at), ...wrong, ...bytes.slice(at)]);
      await problemOf(await posted(broken), "invalid-request");
    }
  });

  test("takes no member twice, however it is written, and none that it does not know", async () => {
    const [, name = ""] = /"(\w+)"/.exec(body) ?? [];
    const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}`;
    for (const twice of [name, escaped]) {
      const text = body.replace("{", `{"${twice}":null,`);
      expect((await problemOf(await posted(text), "invalid-request")).detail).toContain("more than once");
    }
    for (const unknown of ["nope", "__proto__", "constructor", ""]) {
      await problemOf(await posted(body.replace("{", `{"${unknown}":1,`)), "invalid-request");
    }
  });
});

test("pairs of surrogates are text, however they are written", async () => {
  const namespace = freshNamespace();
  const body = '{"success":[{"put":{"key":"\\ud83d\\ude00","value":"x"}}]}';
  expect((await send(`/v1/${namespace}/txn`, { method: "POST", body })).status).toBe(200);
  expect(await (await send(`/v1/${namespace}/kv/%F0%9F%98%80`)).text()).toBe("x");
});
