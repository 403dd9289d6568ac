import { describe, expect, test } from "vitest";
import type { Host } from "../../src/network/host.ts";
import { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { AcceptorStore } from "../../src/node/acceptor/acceptor-store.ts";
import type { Parts } from "../../src/node/rpc/call.ts";
import { Disk } from "../sim/disk.ts";
import { acceptorConformance } from "./acceptor-conformance.ts";
import { AcceptorModel } from "./acceptor-model.ts";
import { CONFIGURATION, callDraw, drawFrom, REGION } from "./acceptor-operations.ts";

const host: Host = {
  now: () => 0,
  timer: () => () => {},
  random: () => 0.5,
  freshId: () => "id",
  background: () => {},
};
const nowhere = { call: async () => ({ ok: false, why: "unreachable" }) as const };
const parts: Parts = { acceptors: nowhere, learners: nowhere, leaders: nowhere, registers: nowhere, region: REGION };

function acceptorOn(disk: Disk): Acceptor {
  return new Acceptor(disk, host, parts, () => {});
}

/** Of an acceptor that its peers recorded, and that has stored nothing else. */
function enrolledDisk(): Disk {
  const disk = new Disk();
  const identity = { standing: "enrolled", nonce: "nonce", life: 0, peers: {} } as const;
  new AcceptorStore(disk).saveIdentity(CONFIGURATION, REGION, identity, 0);
  disk.commit();
  return disk;
}

acceptorConformance(
  "on SQLite",
  async () => {
    const disk = enrolledDisk();
    let acceptor = acceptorOn(disk);
    return {
      handle: async (call) => {
        const answer = acceptor.handle(call);
        disk.commit();
        return answer;
      },
      restart: async () => {
        disk.rollback();
        acceptor = acceptorOn(disk);
      },
    };
  },
  { sequences: 300, callsEach: 40 },
);

describe("the storage boundary of an acceptor", () => {
  test("a crash at any statement of a turn leaves the whole turn undone, and the turn can be repeated", () => {
    let crashes = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const draw = drawFrom(1_000 + seed);
      const model = new AcceptorModel();
      const disk = enrolledDisk();
      let acceptor = acceptorOn(disk);
      for (let index = 0; index < 30; index++) {
        const call = callDraw(draw);
        for (let statements = 0; ; statements++) {
          disk.crashAfter = statements;
          attempt(() => acceptor.handle(call));
          if (!disk.crashed) break;
          crashes++;
          disk.rollback();
          disk.revive();
          acceptor = acceptorOn(disk);
          disk.commit();
        }
        // Nothing of the crashed turns is left: the turn that got through answers as the first would have.
        disk.rollback();
        disk.revive();
        acceptor = acceptorOn(disk);
        const answer = attempt(() => acceptor.handle(call)) ?? "broken";
        disk.commit();
        expect(answer, `seed ${seed}, call ${index}`).toEqual(model.answer(call));
      }
    }
    expect(crashes).toBeGreaterThan(500);
  });
});

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
