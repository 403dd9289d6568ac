import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();

async function told(response: Response): Promise<readonly unknown[]> {
  return [
    response.status,
    response.headers.get("synod-won"),
    response.headers.get("content-type"),
    await response.text(),
  ];
}

test("the first value is chosen for ever, and everyone is told", async () => {
  const path = `/v1/${freshNamespace()}/propose/a/b`;
  await problemOf(await send(path), "not-found");
  const propose = (body: string, key: string) =>
    send(path, { method: "POST", body, headers: { "idempotency-key": key, "content-type": "text/x-color" } });
  const first = await propose("red", "1");
  const slot = first.headers.get("synod-slot");
  expect(slot).toMatch(/^\d+$/);
  expect(await told(first)).toEqual([201, "true", "text/x-color", "red"]);
  expect(await told(await propose("blue", "2"))).toEqual([200, "false", "text/x-color", "red"]);
  expect(await told(await propose("red", "1"))).toEqual([201, "true", "text/x-color", "red"]);

  const read = await send(path);
  expect(read.headers.get("synod-slot")).toBe(slot);
  expect(await told(read)).toEqual([200, null, "text/x-color", "red"]);
});

test("it is not a key of the store", async () => {
  const ns = freshNamespace();
  await send(`/v1/${ns}/propose/a`, { method: "POST", body: "x" });
  await problemOf(await send(`/v1/${ns}/kv/a`), "not-found");
});

test("many at once agree", async () => {
  const path = `/v1/${freshNamespace()}/propose/leader`;
  const answers = await Promise.all(
    Array.from({ length: 5 }, (_, index) => send(path, { method: "POST", body: `candidate ${index}` })),
  );
  const values = new Set(await Promise.all(answers.map((answer) => answer.text())));
  expect(values.size).toBe(1);
  expect(answers.filter((answer) => answer.headers.get("synod-won") === "true")).toHaveLength(1);
});
