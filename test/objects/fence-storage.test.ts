import { env, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { fenceStorage } from "../../src/client/fence/index.ts";
import type { Env } from "../../src/objects/env.ts";

test("a Durable Object takes no write of a holder once it has seen a newer one, and no half of one that throws", async () => {
  const { LEADER } = env as unknown as Env;
  const stub = LEADER.getByName(`fence/1/weur`);
  const written = await runInDurableObject(stub as unknown as DurableObjectStub, async (_instance, { storage }) => {
    const fence = fenceStorage(storage);
    storage.sql.exec("CREATE TABLE IF NOT EXISTS work (who TEXT)");
    const write = (who: string) => () => void storage.sql.exec("INSERT INTO work VALUES (?)", who);
    const answers = [
      await fence.run("job", 7, write("first")),
      await fence.run("job", 9, write("second")),
      await fence.run("job", 7, write("late")),
    ];
    const failed = fence.run("job", 11, () => {
      write("half")();
      throw new Error("broke off");
    });
    await failed.catch(() => {});
    answers.push(await fence.run("job", 10, write("third")));
    return [
      answers,
      storage.sql
        .exec<{ who: string }>("SELECT who FROM work")
        .toArray()
        .map(({ who }) => who),
    ];
  });
  expect(written).toEqual([
    [true, true, false, true],
    ["first", "second", "third"],
  ]);
});
