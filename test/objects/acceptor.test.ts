import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { BALLOT_ZERO, type Ballot } from "../../src/core/ballot.ts";
import type { AcceptorRequest } from "../../src/core/message.ts";
import { AcceptorStore } from "../../src/node/acceptor/acceptor-store.ts";
import type { AcceptorCall } from "../../src/node/rpc/call.ts";
import { durableSql } from "../../src/objects/durable-sql.ts";
import { MemoryAcceptor } from "../core/memory-acceptor.ts";
import { acceptorConformance } from "../node/acceptor-conformance.ts";
import { CONFIGURATION, REGION } from "../node/acceptor-operations.ts";
import { entryNamed, Namespace } from "./namespace.ts";

const HOME = "weur";

const low: Ballot = { n: 1, proposer: "p" };
const high: Ballot = { n: 7, proposer: "q" };

describe("what an acceptor said outlives the instance that said it", () => {
  test("an eviction makes a new instance", async () => {
    const ns = new Namespace();
    await ns.votes(HOME);
    const before = await runInDurableObject(ns.stub("acceptor", HOME), (instance) => instance);
    await ns.evict("acceptor", HOME);
    const after = await runInDurableObject(ns.stub("acceptor", HOME), (instance) => instance);
    expect(after).not.toBe(before);
  });

  test("a promise: the lower ballot is refused, by accept and by prepare", async () => {
    const ns = new Namespace();
    await ns.step(HOME, { kind: "prepare", ballot: high, from: 1, leader: "oc" });
    await ns.evict("acceptor", HOME);
    const refused = { kind: "nack", reason: "ballot", position: { promised: high, leader: "oc" } };
    expect(await ns.step(HOME, { kind: "prepare", ballot: low, from: 1 })).toMatchObject(refused);
    expect(await ns.step(HOME, { kind: "accept", ballot: low, slot: 1, entry: entryNamed("X") })).toMatchObject(
      refused,
    );
    const fast = { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot: 1, entry: entryNamed("X") } as const;
    expect(await ns.step(HOME, fast)).toMatchObject(refused);
  });

  test("a vote: a later proposer is told of it, and given the body", async () => {
    const ns = new Namespace();
    await ns.step(HOME, { kind: "accept", ballot: low, slot: 1, entry: entryNamed("X") });
    const fast = { kind: "fast-accept", ballot: low, openFrom: 3, slot: 3, entry: entryNamed("Y") } as const;
    await ns.step(HOME, fast);
    await ns.evict("acceptor", HOME);
    const requests = [{ kind: "prepare", ballot: high, from: 1 }] as const;
    const answer = await ns.acceptor(HOME, { kind: "steps", configuration: ns.configuration, requests });
    if (answer.kind !== "replies") throw new Error("an acceptor answers");
    expect(answer.replies[0]).toMatchObject({
      kind: "promised",
      votes: [
        { slot: 1, ballot: low, kind: "classic", entryId: "X" },
        { slot: 3, ballot: low, kind: "fast", entryId: "Y" },
      ],
    });
    expect(answer.entries).toEqual([entryNamed("X"), entryNamed("Y")]);
  });

  test("one vote per ballot and slot: whoever asks after the eviction is told the vote that stands", async () => {
    const ns = new Namespace();
    const vote = (id: string): AcceptorRequest => {
      return { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot: 1, entry: entryNamed(id) };
    };
    await ns.step(HOME, vote("X"));
    await ns.evict("acceptor", HOME);
    expect(await ns.step(HOME, vote("Y"))).toMatchObject({ kind: "voted", entryId: "X" });
  });

  test("a message that is repeated gets the same answer before and after an eviction", async () => {
    const messages: readonly AcceptorRequest[] = [
      { kind: "fast-accept", ballot: BALLOT_ZERO, openFrom: 1, slot: 1, entry: entryNamed("X") },
      { kind: "learn", chosen: [{ slot: 1, entryId: "X" }] },
      { kind: "learn", chosen: [{ slot: 3, entryId: "Z", entry: entryNamed("Z") }] },
      { kind: "prepare", ballot: low, from: 1, leader: "oc" },
      { kind: "accept", ballot: low, slot: 2, entry: entryNamed("Y"), leader: "oc" },
      { kind: "open", ballot: low, from: 4 },
      { kind: "prefix", upTo: 1 },
      { kind: "votes" },
    ];
    const ns = new Namespace();
    for (const message of messages) {
      const first = await ns.step(HOME, message);
      expect(await ns.step(HOME, message)).toEqual(first);
      await ns.evict("acceptor", HOME);
      expect(await ns.step(HOME, message)).toEqual(first);
    }
  });
});

describe("an acceptor is silent when it is not the one that is meant", () => {
  const wrong: Readonly<Record<string, (ns: Namespace) => AcceptorCall["configuration"]>> = {
    "another epoch": ({ configuration }) => ({ ...configuration, epoch: configuration.epoch + 1 }),
    "another namespace": ({ configuration }) => ({ ...configuration, namespace: "another" }),
  };

  test.each(Object.keys(wrong))("%s", async (name) => {
    const ns = new Namespace();
    const configuration = wrong[name]?.(ns) ?? ns.configuration;
    await ns.step(HOME, { kind: "prepare", ballot: low, from: 1 });
    const before = await rows(ns);
    const calls: readonly AcceptorCall[] = [
      { kind: "steps", configuration, requests: [{ kind: "prepare", ballot: high, from: 1 }] },
      { kind: "bodies", configuration, refs: [{ slot: 1, entryId: "X" }] },
      { kind: "log", configuration, from: 1 },
    ];
    for (const call of calls) expect(await ns.acceptor(HOME, call)).toEqual({ kind: "silent" });
    await ns.evict("acceptor", HOME);
    for (const call of calls) expect(await ns.acceptor(HOME, call)).toEqual({ kind: "silent" });
    expect(await rows(ns)).toEqual(before);
  });

  test("its disk is another acceptor's", async () => {
    const ns = new Namespace();
    await ns.votes(HOME);
    await ns.inStorage("acceptor", HOME, ({ sql }) => {
      sql.exec("UPDATE acceptor SET region = 'oc'");
    });
    const call = { kind: "steps", configuration: ns.configuration, requests: [{ kind: "votes" }] } as const;
    expect(await ns.acceptor(HOME, call)).toEqual({ kind: "silent" });
  });
});

describe("a turn that fails stores nothing", () => {
  const broken: readonly AcceptorRequest[] = [
    { kind: "prepare", ballot: high, from: 1 },
    { kind: "accept", ballot: high, slot: 1, entry: entryNamed("X") },
    { kind: "accept", ballot: high, slot: 1, entry: entryNamed("Y") },
  ];
  const lookAround = [{ kind: "votes" }, { kind: "prepare", ballot: low, from: 1 }] as const;

  test("of an acceptor that holds a vote", async () => {
    const ns = new Namespace();
    await ns.step(HOME, { kind: "accept", ballot: low, slot: 1, entry: entryNamed("W") });
    const before = [await rows(ns), await ns.votes(HOME)];
    await expect(ns.steps(HOME, ...broken)).rejects.toThrow("7:");
    expect([await rows(ns), await ns.votes(HOME)]).toEqual(before);
    await ns.crash("acceptor", HOME);
    expect([await rows(ns), await ns.votes(HOME)]).toEqual(before);
  });

  test("of an acceptor that nobody has called before: it answers as a new one, from memory as from disk", async () => {
    const ns = new Namespace();
    await expect(ns.steps(HOME, ...broken)).rejects.toThrow("7:");
    const fresh = new MemoryAcceptor();
    expect(await ns.steps(HOME, ...lookAround)).toEqual(lookAround.map((one) => fresh.deliver(one).reply));
    await ns.crash("acceptor", HOME);
    expect(await ns.votes(HOME)).toEqual(fresh.deliver({ kind: "votes" }).reply);
  });

  test("and takes no later vote's alarm away", async () => {
    const ns = new Namespace();
    await expect(ns.steps(HOME, ...broken)).rejects.toThrow("7:");
    await ns.step(HOME, { kind: "accept", ballot: low, slot: 1, entry: entryNamed("W") });
    expect(await ns.inStorage("acceptor", HOME, (storage) => storage.getAlarm())).not.toBeNull();
  });
});

acceptorConformance(
  "as a Durable Object",
  async () => {
    const ns = new Namespace();
    // Its peers are other objects, and remember one that they recorded in another run.
    await ns.inStorage("acceptor", REGION, (storage) => {
      const identity = { standing: "enrolled", nonce: "nonce", life: 0, peers: {} } as const;
      new AcceptorStore(durableSql(storage)).saveIdentity(CONFIGURATION, REGION, identity, 0);
    });
    let isBroken = false;
    return {
      handle: async (call) => {
        const answer = await ns.acceptor(REGION, call).catch((error: unknown) => {
          isBroken = true;
          throw error;
        });
        // Its alarm would finish what the messages leave open.
        await ns.inStorage("acceptor", REGION, (storage) => storage.deleteAlarm());
        return answer;
      },
      // Once a handler threw, the test tools' eviction waits for it for ever (vitest-pool-workers 0.23).
      restart: async () => {
        await (isBroken ? ns.crash("acceptor", REGION) : ns.evict("acceptor", REGION));
        isBroken = false;
      },
    };
  },
  { sequences: 12, callsEach: 40 },
);

/** All that the acceptor has on disk. */
function rows(ns: Namespace) {
  return ns.inStorage("acceptor", HOME, ({ sql }) => ({
    acceptor: sql.exec("SELECT * FROM acceptor").toArray(),
    log: sql.exec("SELECT * FROM log").toArray(),
  }));
}
