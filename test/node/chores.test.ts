import { expect, test } from "vitest";
import type { Chore } from "../../src/node/learner/chore.ts";
import { Chores } from "../../src/node/learner/chores.ts";
import { VirtualCluster } from "./virtual-cluster.ts";

/** Chores of which the first is broken, what the others did, and what was told of. */
function chores(broken: Partial<Chore>) {
  const cluster = new VirtualCluster();
  const told: string[] = [];
  const host = {
    ...cluster.host,
    background: (work: Promise<unknown>) => void work.catch((error) => told.push(`${error}`)),
  };
  const armed: number[] = [];
  let runs = 0;
  const sound: Chore = {
    nextAt: () => cluster.host.now() + 100,
    run: async () => {
      runs++;
    },
  };
  const all = new Chores(host, [{ ...sound, ...broken }, sound], (ms) => armed.push(ms));
  return { all, armed, told, runs: () => runs };
}

test("a chore that throws stops no other, and the alarm fails", async () => {
  const { all, armed, runs } = chores({ run: () => Promise.reject(new Error("broken")) });
  await expect(all.run()).rejects.toThrow("broken");
  expect(runs()).toBe(1);
  expect(armed).toEqual([100]);
});

test("a chore that can not say when it is due stops no other, and is told of", async () => {
  const nextAt = () => {
    throw new RangeError("too many");
  };
  const { all, armed, told } = chores({ nextAt });
  all.soon();
  await Promise.resolve();
  expect(armed).toEqual([100]);
  expect(told).toEqual(["RangeError: too many"]);
});
