import { expect, test } from "vitest";
import { durableSql } from "../../src/objects/durable-sql.ts";
import { BUILD_LEVEL } from "../../src/state/level.ts";
import { StateMachine } from "../../src/state/machine.ts";
import { Namespace, put } from "./namespace.ts";

const NEWER = BUILD_LEVEL + 1;

test("a learner that is rolled back below its state stops and says so, and the others go on", async () => {
  const ns = new Namespace();
  const [rolledBack, near] = ["weur", "enam"] as const;
  await ns.write(near, put("k"));
  const slot = await ns.settled();
  // What a build of the next level left behind.
  await ns.inStorage("learner", rolledBack, (storage) => {
    const machine = new StateMachine(durableSql(storage), { buildLevel: NEWER });
    const raise = { kind: "raise", level: NEWER } as const;
    machine.apply(slot + 1, { id: "newer", commands: [{ id: "raise", birth: slot + 1, op: raise }] });
  });
  await ns.crash("learner", rolledBack);

  const { learners, acceptors } = await ns.client(near).status();
  expect(learners.find(({ region }) => region === rolledBack)).toMatchObject({
    reachable: false,
    buildLevel: BUILD_LEVEL,
    stopped: { why: `the stored state of level ${NEWER} is unknown to this build` },
  });
  expect(acceptors.map(({ buildLevel }) => buildLevel)).toEqual(acceptors.map(() => BUILD_LEVEL));
  expect(await ns.write(rolledBack, put("k"))).toBe(3);
  const upgrade = { headers: { upgrade: "websocket" } };
  const watched = await ns.stub("learner", rolledBack).fetch("https://learner/watch?key=k", upgrade);
  expect(watched.status).toBe(503);
});
