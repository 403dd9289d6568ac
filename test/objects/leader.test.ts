import { describe, expect, test } from "vitest";
import type { Region } from "../../src/network/region.ts";
import type { LeaderAnswer } from "../../src/node/rpc/leader-call.ts";
import type { Command } from "../../src/state/command.ts";
import { command, Namespace, put, until } from "./namespace.ts";

const HOME = "weur";
const ELSEWHERE = "apac";

type Submitted = Extract<LeaderAnswer, { readonly kind: "submitted" }>;

function commandsOf(count: number, name = "k"): readonly Command[] {
  return Array.from({ length: count }, (_, index) => command(put(`${name}-${index}`), 1));
}

async function submit(ns: Namespace, region: Region, one: Command): Promise<Submitted> {
  const answer = await ns.leader(region, one);
  if (answer.kind !== "submitted") throw new Error(`the leader at ${region} ${answer.kind}`);
  return answer;
}

function submitAll(ns: Namespace, region: Region, commands: readonly Command[]): Promise<readonly Submitted[]> {
  return Promise.all(commands.map((one) => submit(ns, region, one)));
}

/** Every command had its effect once, whoever led, and all learners agree. */
async function expectEach(ns: Namespace, answers: readonly Submitted[], keys: readonly string[]): Promise<void> {
  const revisions = answers.map(({ results: [result] }) => result?.revision ?? 0).toSorted((a, b) => a - b);
  expect(revisions).toEqual(keys.map((_, index) => index + 2));
  await ns.settled(Math.max(...answers.map(({ slot }) => slot)));
  const states = await Promise.all(ns.regions.map((region) => ns.status(region)));
  for (const { revision, digest } of states) {
    expect(revision).toBe(1 + keys.length);
    expect(digest).toBe(states[0]?.digest);
  }
  for (const key of keys) expect(await ns.local(HOME, key)).toBe("v");
}

/** Every acceptor takes fast votes again, and every learner says so. */
async function reopened(ns: Namespace): Promise<void> {
  await until(async () => {
    const held = await Promise.all(ns.regions.map((region) => ns.votes(region)));
    const heard = await Promise.all(ns.regions.map((region) => ns.status(region)));
    const froms = [...held.map(({ position }) => position.openFrom), ...heard.map(({ hint }) => hint.openFrom)];
    return froms.every((from) => Number.isFinite(from));
  });
}

describe("a leader", () => {
  test("makes few entries of many commands that come at once", async () => {
    const ns = new Namespace();
    const commands = commandsOf(200);
    const answers = await submitAll(ns, HOME, commands);
    // The first goes at once; the others wait for its round, and go together.
    expect(new Set(answers.map(({ slot }) => slot)).size).toBeLessThan(commands.length / 5);
    await expectEach(
      ns,
      answers,
      commands.map((_, index) => `k-${index}`),
    );
  });

  test("is taken over by another while it believes it leads, and takes over again; nothing is lost or doubled", async () => {
    const ns = new Namespace();
    const answers: Submitted[] = [];
    const keys: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const region = turn % 2 === 0 ? HOME : ELSEWHERE;
      const name = `turn-${turn}`;
      answers.push(...(await submitAll(ns, region, commandsOf(5, name))));
      keys.push(...commandsOf(5).map((_, index) => `${name}-${index}`));
    }
    await expectEach(ns, answers, keys);
  });

  test("competes with four others at once", async () => {
    const ns = new Namespace();
    const asked = ns.regions.map((region) => submitAll(ns, region, commandsOf(12, region)));
    const answers = (await Promise.all(asked)).flat();
    const keys = ns.regions.flatMap((region) => commandsOf(12).map((_, index) => `${region}-${index}`));
    await expectEach(ns, answers, keys);
  });

  test("and another that were both given a request do it once, with one result", async () => {
    const ns = new Namespace();
    const one = command(put("once"), 1);
    const [here, there] = await Promise.all([submit(ns, HOME, one), submit(ns, ELSEWHERE, one)]);
    expect(here.results).toEqual(there.results);
    await expectEach(ns, [here], ["once"]);
  });

  test("may be lost between commands", async () => {
    const ns = new Namespace();
    const answers: Submitted[] = [];
    for (let index = 0; index < 5; index++) {
      answers.push(await submit(ns, HOME, command(put(`k-${index}`), 1)));
      await ns.crash("leader", HOME);
    }
    await expectEach(
      ns,
      answers,
      answers.map((_, index) => `k-${index}`),
    );
  });

  test("that crashes with commands under way leaves each to be repeated elsewhere, done once", async () => {
    const ns = new Namespace();
    await submit(ns, HOME, command(put("first"), 1));
    const commands = commandsOf(50);
    const lost = commands.map((one) => ns.leader(HOME, one).catch(() => undefined));
    await until(async () => (await ns.votes(ELSEWHERE)).votes.length > 0 || (await ns.status(HOME)).appliedUpTo > 1);
    await ns.crash("leader", HOME);
    await Promise.all(lost);
    const answers = await submitAll(ns, ELSEWHERE, commands);
    const revisions = answers.map(({ results: [result] }) => result?.revision ?? 0);
    expect(new Set(revisions).size).toBe(commands.length);
    await ns.settled(Math.max(...answers.map(({ slot }) => slot)));
    for (const region of ns.regions) expect((await ns.status(region)).revision).toBe(2 + commands.length);
  });
});

describe("the fast path comes back", () => {
  test("when the leader has had nothing to do for a while", async () => {
    const ns = new Namespace();
    await submitAll(ns, HOME, commandsOf(5));
    for (const region of ns.regions) expect((await ns.votes(region)).position.openFrom).toBe(Number.POSITIVE_INFINITY);
    expect(await ns.client(ELSEWHERE).write({ op: put("led") })).toMatchObject({ kind: "applied", path: "leader" });
    await reopened(ns);
    expect(await ns.client(ELSEWHERE).write({ op: put("fast") })).toMatchObject({ kind: "applied", path: "fast" });
  });

  test("when the leader died before it could open the log again: the next writer's leader does", async () => {
    const ns = new Namespace();
    await submit(ns, HOME, command(put("first"), 1));
    await ns.crash("leader", HOME);
    expect(await ns.client(ELSEWHERE).write({ op: put("led") })).toMatchObject({ kind: "applied" });
    await reopened(ns);
    expect(await ns.client(ELSEWHERE).write({ op: put("fast") })).toMatchObject({ kind: "applied", path: "fast" });
    for (const region of ns.regions) {
      await ns.settled(3);
      expect((await ns.status(region)).revision).toBe(4);
    }
  });
});
