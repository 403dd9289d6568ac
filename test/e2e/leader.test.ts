/** Writers all over the world on one log: they come to a leader, it dies under them, and they come to another. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { historyCheck } from "../../src/checker/check.ts";
import { Random } from "../random.ts";
import { ACCEPTORS, Client, networkSet, sleep } from "./client.ts";
import { Recorder } from "./live/recorder.ts";
import { Session } from "./live/session.ts";
import { DevServer } from "./server.ts";

const WRITERS_PER_REGION = 2;
const KEYS = 5;
const THINK_MS = 100;
/** How long the load goes on before and after the leader's region is lost. */
const PHASE_MS = 8_000;

let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(() => server.dispose());

/** Writes and reads until it is told to stop; each acknowledged write is noted with its time and region. */
async function work(
  session: Session,
  region: string,
  isOver: () => boolean,
  acknowledged: (region: string) => void,
): Promise<void> {
  while (!isOver()) {
    const key = `k/${session.pick(Array.from({ length: KEYS }, (_, index) => index))}`;
    const outcome = await session.put(key, session.freshId(), { kind: "none" });
    if (outcome.kind === "ok") acknowledged(region);
    if (session.chance(0.3)) await session.get(key, "linearizable", false);
    await session.pause(THINK_MS);
  }
}

/** Where the log is led from, as soon as it is led at all. */
async function leaderOf(client: Client, not?: string): Promise<string> {
  for (;;) {
    const { mode } = await client.status();
    if (mode.kind === "leader" && mode.where !== undefined && mode.where !== not) return mode.where;
    await sleep(100);
  }
}

test("the region of the leader is lost under load: writes go on from every other region, and nothing is lost or doubled", async () => {
  const client = new Client(server.base, "led");
  await networkSet(server.base, { wan: true });
  const recorder = new Recorder();
  let isOver = false;
  const acknowledged: { readonly region: string; readonly atMs: number }[] = [];
  const note = (region: string) => acknowledged.push({ region, atMs: performance.now() });
  const working = ACCEPTORS.flatMap((region, place) =>
    Array.from({ length: WRITERS_PER_REGION }, (_, index) => {
      const session = new Session(`${region}-${index}`, client.at(region), recorder, new Random(10 * place + index));
      return work(session, region, () => isOver, note);
    }),
  );

  const first = await leaderOf(client);
  await sleep(PHASE_MS);
  await networkSet(server.base, { wan: true, down: [first as (typeof ACCEPTORS)[number]] });
  const lostAt = performance.now();
  await sleep(PHASE_MS);
  const observer = client.at(ACCEPTORS.find((region) => region !== first) ?? "enam");
  const second = await leaderOf(observer, first);
  const healedAt = performance.now();
  await networkSet(server.base, { wan: true });
  await sleep(PHASE_MS / 2);
  isOver = true;
  await Promise.all(working);
  await networkSet(server.base, {});

  expect(second).not.toBe(first);
  const after = acknowledged.filter(({ region, atMs }) => region !== first && atMs > lostAt && atMs <= healedAt);
  const regionsAfter = new Set(after.map(({ region }) => region));
  const perSecond = (from: number, to: number) =>
    (acknowledged.filter(({ atMs }) => atMs > from && atMs <= to).length * 1_000) / (to - from);
  console.log(
    `led from ${first}, then ${second}:`,
    `${perSecond(lostAt - PHASE_MS, lostAt).toFixed(1)} writes a second before, ${perSecond(lostAt, lostAt + PHASE_MS).toFixed(1)} after`,
  );
  // While the first leader's region was still lost, writers of every other region went on.
  expect(regionsAfter.size).toBe(ACCEPTORS.length - 1);
  expect(historyCheck(recorder.history)).toEqual({ kind: "ok" });

  // The log is opened again once nobody needs a leader.
  while ((await client.status()).mode.kind !== "fast") await sleep(100);
});
