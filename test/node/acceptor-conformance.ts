import { describe, expect, test } from "vitest";
import type { AcceptorAnswer, AcceptorCall } from "../../src/node/rpc/call.ts";
import { AcceptorModel } from "./acceptor-model.ts";
import { CONFIGURATION, callDraw, type Draw, drawFrom } from "./acceptor-operations.ts";

/** An acceptor of `REGION` in `CONFIGURATION` (acceptor-operations.ts), fresh. */
export interface AcceptorUnderTest {
  /** One turn. Rejects when a step finds an invariant broken. */
  handle(call: AcceptorCall): Promise<AcceptorAnswer>;
  /** Takes its memory and leaves its storage: an eviction, a crash, a deployment. */
  restart(): Promise<void>;
}

export interface ConformanceOptions {
  readonly sequences: number;
  readonly callsEach: number;
}

const TIMEOUT_MS = 120_000;

/**
 * What every acceptor has to be, whatever it keeps its state in: after any calls in any order, with restarts in
 * between, it answers as the plain one in memory does. Knows nothing of how it is hosted: runs on Node and in workerd.
 */
export function acceptorConformance(
  name: string,
  make: () => Promise<AcceptorUnderTest>,
  { sequences, callsEach }: ConformanceOptions,
): void {
  describe(`an acceptor, ${name},`, () => {
    test(
      "answers any calls as its model does, with restarts in between",
      async () => {
        for (let seed = 1; seed <= sequences; seed++) await sequenceRun(await make(), drawFrom(seed), callsEach, seed);
      },
      TIMEOUT_MS,
    );

    test("keeps silent to whoever means another", async () => {
      const acceptor = await make();
      const call: AcceptorCall = { kind: "steps", configuration: CONFIGURATION, requests: [{ kind: "votes" }] };
      await acceptor.handle(call);
      for (const other of [
        { ...CONFIGURATION, epoch: 2 },
        { ...CONFIGURATION, namespace: "another" },
      ]) {
        await acceptor.restart();
        expect(await acceptor.handle({ ...call, configuration: other })).toEqual({ kind: "silent" });
      }
      const { members } = CONFIGURATION;
      const fewer = { ...CONFIGURATION, members: members.slice(0, 3) };
      expect(await acceptor.handle({ ...call, configuration: fewer })).toEqual({ kind: "other-members", members });
      const reordered = { ...CONFIGURATION, members: members.toReversed() };
      expect((await acceptor.handle({ ...call, configuration: reordered })).kind).toBe("replies");
      expect((await acceptor.handle(call)).kind).toBe("replies");
    });

    test("tells a vote to nobody before it would survive, and a repeated message changes nothing", async () => {
      const acceptor = await make();
      const entry = { id: "one", body: new TextEncoder().encode("one") };
      const accept = { kind: "accept", ballot: { n: 1, proposer: "a" }, slot: 1, entry } as const;
      const call: AcceptorCall = { kind: "steps", configuration: CONFIGURATION, requests: [accept] };
      const first = await acceptor.handle(call);
      await acceptor.restart();
      expect(await acceptor.handle(call)).toEqual(first);
    });
  });
}

async function sequenceRun(acceptor: AcceptorUnderTest, draw: Draw, calls: number, seed: number): Promise<void> {
  const model = new AcceptorModel();
  for (let index = 0; index < calls; index++) {
    if (draw(6) === 0) await acceptor.restart();
    const call = callDraw(draw);
    const expected = model.answer(call);
    const answer = await acceptor.handle(call).catch(() => "broken" as const);
    expect(plain(answer), `seed ${seed}, call ${index}: ${JSON.stringify(call)}`).toEqual(plain(expected));
  }
}

/** Without undefined fields, and bodies as text, so that what crossed a boundary compares with what did not. */
function plain(answer: AcceptorAnswer | "broken"): unknown {
  const bytes = (_: string, value: unknown) => {
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    return value === Number.POSITIVE_INFINITY ? "closed" : value;
  };
  return JSON.parse(JSON.stringify(answer, bytes));
}
