import { expect, test } from "vitest";
import { appSend, freshNamespace, problemOf } from "./app.ts";

const send = appSend();
const raise = (ns: string, body: object) =>
  send(`/v1/${ns}/level`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

interface Learner {
  readonly level: number;
  readonly build_level: number;
  readonly suspended: boolean;
  readonly applied_up_to: number;
}

test("a new namespace is at the level of its first command, and status tells level and build of every learner", async () => {
  const ns = freshNamespace();
  await send(`/v1/${ns}/kv/k`, { method: "PUT", body: "v" });
  await expect
    .poll(
      async () => {
        const { learners } = (await (await send(`/v1/${ns}/status`)).json()) as { learners: readonly Learner[] };
        return learners.map(({ level, build_level }) => [level, build_level]);
      },
      { timeout: 120_000 },
    )
    .toEqual(Array.from({ length: 5 }, () => [1, 1]));
  expect(await (await raise(ns, { level: 1 })).json()).toMatchObject({ level: 1 });
});

test("a level that a learner's build does not know is not raised, and the answer says whose", async () => {
  const ns = freshNamespace();
  await send(`/v1/${ns}/kv/k`, { method: "PUT", body: "v" });
  const { detail } = await problemOf(await raise(ns, { level: 2 }), "upgrade-blocked");
  for (const region of ["wnam", "enam", "weur", "apac", "oc"]) expect(detail).toContain(`${region} knows 1`);
  const partly = await problemOf(await raise(ns, { level: 2, exclude: ["oc"] }), "upgrade-blocked");
  expect(partly.detail).not.toContain("oc");
  await problemOf(await raise(ns, { level: 0 }), "invalid-request");
  await problemOf(await raise(ns, { level: 1, exclude: ["mars"] }), "invalid-request");
});

test("a learner that was excluded from a raise takes another one's state, and serves again", async () => {
  const ns = freshNamespace();
  await send(`/v1/${ns}/kv/k`, { method: "PUT", body: "v" });
  const blocked = await problemOf(await raise(ns, { level: 1, exclude: ["oc", "apac", "weur"] }), "upgrade-blocked");
  expect(blocked.detail).toContain("3 of 5");
  // A learner that is slow to answer for the first time blocks it, as one that is down does.
  const raised = async () => (await raise(ns, { level: 1, exclude: ["oc"] })).status;
  await expect.poll(raised, { timeout: 120_000, interval: 500 }).toBe(200);
  await expect
    .poll(
      async () => {
        const { learners } = (await (await send(`/v1/${ns}/status`)).json()) as { learners: readonly Learner[] };
        return learners.map(({ suspended, applied_up_to }) => [suspended, applied_up_to >= 2]);
      },
      { timeout: 120_000, interval: 500 },
    )
    .toEqual(Array.from({ length: 5 }, () => [false, true]));
});

test("a request id that comes with another request is refused, wherever and whatever that is", async () => {
  const ns = freshNamespace();
  const headers = { "idempotency-key": "once" };
  const propose = (body: string) => send(`/v1/${ns}/propose/p`, { method: "POST", body, headers });
  expect((await propose("a")).status).toBe(201);
  await problemOf(await propose("b"), "idempotency-key-reused");
  await problemOf(
    await send(`/v1/${ns}/kv/elsewhere`, { method: "PUT", body: "a", headers }),
    "idempotency-key-reused",
  );
  await problemOf(await send(`/v1/${ns}/kv/p`, { method: "DELETE", headers }), "idempotency-key-reused");
  const again = await propose("a");
  expect([again.status, await again.text()]).toEqual([201, "a"]);
  expect((await send(`/v1/${ns}/kv/elsewhere`)).status).toBe(404);
});
