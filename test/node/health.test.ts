import { expect, test } from "vitest";
import type { NamespaceStatus } from "../../src/node/coordinate/coordinator.ts";
import { healthOf } from "../../src/node/coordinate/health.ts";

const REGIONS = ["wnam", "enam", "weur", "apac", "oc"];

function statusOf(change: (status: { acceptors: Part[]; learners: Part[] }) => void = () => {}): NamespaceStatus {
  const parts = {
    acceptors: REGIONS.map((region): Part => ({ region, reachable: true })),
    learners: REGIONS.map((region): Part => ({ region, reachable: true })),
  };
  change(parts);
  return { namespace: "n", epoch: 1, revision: 1, mode: { kind: "fast" }, ...parts } as NamespaceStatus;
}

type Part = { region: string; reachable: boolean } & Record<string, unknown>;

function part(parts: Part[], index: number): Part {
  const found = parts[index];
  if (found === undefined) throw new Error("there is no such part");
  return found;
}

test("A namespace of which all answers is ok, and says how many regions it can lose", () => {
  expect(healthOf(statusOf())).toEqual({ status: "ok", margin: 2, detail: "can lose 2 more", reasons: [] });
});

test("With a minority of acceptors away it is degraded, and with a majority down", () => {
  const away = (count: number) =>
    healthOf(
      statusOf(({ acceptors }) => {
        for (let index = 0; index < count; index++) part(acceptors, index).reachable = false;
      }),
    );
  expect(away(2)).toMatchObject({ status: "degraded", margin: 0, detail: "can lose none" });
  expect(away(2).reasons.map(({ code, region }) => `${code} ${region}`)).toEqual([
    "acceptor-unreachable wnam",
    "acceptor-unreachable enam",
  ]);
  expect(away(3)).toMatchObject({ status: "down", margin: -1 });
});

test("An acceptor that is silent says why, and does not count", () => {
  const health = healthOf(
    statusOf(({ acceptors }) => {
      acceptors[0] = { region: "wnam", reachable: false, silent: "lost-storage" };
    }),
  );
  expect(health).toMatchObject({ status: "degraded", margin: 1, reasons: [{ code: "acceptor-silent" }] });
});

test("Learners that are behind, stopped, suspended or alarmed degrade it; without one that serves it is down", () => {
  const health = healthOf(
    statusOf(({ learners }) => {
      Object.assign(part(learners, 0), { lagSlots: 5_000 });
      Object.assign(part(learners, 1), { stopped: { slot: 7, why: "the operation x is unknown to this build" } });
      Object.assign(part(learners, 2), { suspended: true, alarms: [{ kind: "digest", detail: "differs", atMs: 0 }] });
      part(learners, 3).reachable = false;
    }),
  );
  expect(health.status).toBe("degraded");
  expect(health.reasons.map(({ code }) => code)).toEqual([
    "learner-behind",
    "learner-stopped",
    "alarm",
    "learner-suspended",
    "learner-unreachable",
  ]);
  const none = healthOf(statusOf(({ learners }) => learners.forEach((one) => (one.reachable = false))));
  expect(none).toMatchObject({ status: "down", margin: 2 });
});
