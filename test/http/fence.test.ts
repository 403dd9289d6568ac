import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { fenceD1, fenceR2 } from "../../src/client/fence/index.ts";

const { FENCED_DATABASE, FENCED_BUCKET } = env as unknown as {
  readonly FENCED_DATABASE: D1Database;
  readonly FENCED_BUCKET: R2Bucket;
};

test("D1 takes the writes of the newest holder, and none of an older one once it has seen a newer", async () => {
  const database = FENCED_DATABASE;
  const fence = fenceD1(database, "fences");
  await fence.create();
  await fence.create();
  await database.prepare("CREATE TABLE work (who TEXT)").run();
  const write = (who: string) => [database.prepare("INSERT INTO work VALUES (?)").bind(who)];
  expect(await fence.run("job", 7, write("first"))).toBe(true);
  expect(await fence.run("job", 7, write("first again"))).toBe(true);
  expect(await fence.run("job", 9, write("second"))).toBe(true);
  expect(await fence.run("job", 7, write("late"))).toBe(false);
  expect(await fence.run("other", 1, write("another lock"))).toBe(true);
  const { results } = await database.prepare("SELECT who FROM work").all();
  expect(results.map(({ who }) => who)).toEqual(["first", "first again", "second", "another lock"]);
});

test("what fails in D1 for another reason is no late writer", async () => {
  const fence = fenceD1(FENCED_DATABASE, "fences2");
  await fence.create();
  await expect(fence.run("job", 1, [FENCED_DATABASE.prepare("INSERT INTO nowhere VALUES (1)").bind()])).rejects.toThrow(
    /nowhere/,
  );
  expect(() => fenceD1(FENCED_DATABASE, "a; DROP TABLE work")).toThrow(TypeError);
});

test("an object in R2 is not replaced by a late writer, whoever comes at the same time", async () => {
  const fence = fenceR2(FENCED_BUCKET);
  expect(await fence.put("report", 7, "first")).toBe(true);
  expect(await fence.put("report", 9, "second")).toBe(true);
  expect(await fence.put("report", 7, "late")).toBe(false);
  expect(await (await FENCED_BUCKET.get("report"))?.text()).toBe("second");
  const tokens = [11, 12, 13, 14];
  const done = await Promise.all(tokens.map((token) => fence.put("raced", token, `${token}`)));
  expect(done.at(-1)).toBe(true);
  expect(await (await FENCED_BUCKET.get("raced"))?.text()).toBe("14");
});
