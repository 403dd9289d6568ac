import { expect, test } from "vitest";
import type { AcceptorRequest } from "../../src/core/message.ts";
import { LIMITS } from "./limits.ts";
import { planOf } from "./plan.ts";
import { World } from "./world.ts";

const ENTRY = { id: "e", body: Uint8Array.of(0x80) };
const BALLOTS = [
  { n: 1, proposer: "p" },
  { n: 2, proposer: "p" },
] as const;
/** Long enough to become durable, too short for an alarm. */
const DURABLE_MS = 100;
const ENROLLED_MS = 3_000;

/** Three acceptors in a world without faults, to which messages are delivered by hand. */
class Delivery {
  readonly world: World;

  constructor() {
    const members = ["wnam", "enam", "weur"] as const;
    this.world = new World({ ...planOf(1), members, workers: members, clients: members }, LIMITS, 10);
    this.world.environment.faults.isActive = false;
  }

  /** Delivers messages to one acceptor, each in a turn of its own, before any of them is durable. */
  async to(acceptor: number, requests: readonly AcceptorRequest[], forMs = DURABLE_MS): Promise<void> {
    const { environment, safety, configuration, acceptors } = this.world;
    const { scheduler } = environment;
    const machine = acceptors[acceptor];
    if (machine === undefined) throw new Error("no such acceptor");
    scheduler.after(0, machine, () => {
      for (const request of requests) {
        safety.sent("p", request);
        const call = { kind: "steps", configuration, requests: [request], isInUse: true } as const;
        machine.receive(
          call,
          () => {},
          () => {},
        );
      }
    });
    await scheduler.run(scheduler.now + forMs, () => false);
  }
}

test("a vote counts that a later one replaced before either was durable", async () => {
  const delivery = new Delivery();
  const { safety, environment } = delivery.world;
  const [prepareOne, prepareTwo] = BALLOTS.map((ballot) => ({ kind: "prepare", ballot, from: 1 }) as const);
  const [acceptOne, acceptTwo] = BALLOTS.map((ballot) => ({ kind: "accept", ballot, slot: 1, entry: ENTRY }) as const);
  if (!prepareOne || !prepareTwo || !acceptOne || !acceptTwo) throw new Error("two ballots");
  for (const acceptor of [0, 1, 2]) await delivery.to(acceptor, [{ kind: "votes" }], ENROLLED_MS);
  await delivery.to(0, [prepareOne]);
  await delivery.to(1, [prepareOne, acceptOne]);
  await delivery.to(1, [prepareTwo]);
  expect(safety.chosen(1)).toBeUndefined();

  // The first ballot has a majority only with the vote that is gone when the disk is looked at.
  await delivery.to(0, [acceptOne, acceptTwo]);
  expect(environment.failure).toBeUndefined();
  expect(safety.chosen(1)).toBe(ENTRY.id);
  delivery.world.close();
});
