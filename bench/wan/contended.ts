import type { Region } from "../../src/network/region.ts";
import { Random } from "../../test/random.ts";
import type { Client, Timed } from "../load/client.ts";
import { progress, sleep } from "../run/main.ts";
import { quantile } from "../run/numbers.ts";
import { CLIENTS } from "./limit.ts";

export interface Contended {
  readonly mode: string;
  /** Writes a second, from all regions together. */
  readonly rate: number;
  readonly seconds: number;
  readonly writes: number;
  /** The share of writes that were not decided on the fast path in one round trip. */
  readonly missRate: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly tripsMean: number;
  /** How many were decided in which way. */
  readonly paths: Readonly<Record<string, number>>;
  /** Answers other than 200 and 201, by what they say. */
  readonly failures: Readonly<Record<string, number>>;
}

interface Arrival {
  readonly atMs: number;
  readonly region: Region;
}

/** A Poisson process: gaps are exponential, each write comes from any region with the same chance. */
function arrivals(rate: number, seconds: number, seed: number): Arrival[] {
  const random = new Random(seed);
  const all: Arrival[] = [];
  for (let atMs = 0; ; ) {
    atMs += (-Math.log(1 - random.next()) / rate) * 1_000;
    if (atMs >= seconds * 1_000) return all;
    all.push({ atMs, region: CLIENTS[random.below(CLIENTS.length)] ?? "enam" });
  }
}

/** Writes come when they come, whether earlier ones are done or not; all go to one log. */
export async function contended(
  client: Client,
  { mode, rate, seconds, seed }: { mode: string; rate: number; seconds: number; seed: number },
): Promise<Contended> {
  const namespace = `contended-${mode.replace(/\W+/g, "-")}-${rate}`;
  progress(`contended, ${mode}, ${rate} writes/s for ${seconds} s`);
  // The objects are there and know each other before the clock starts, as in any namespace that is in use.
  for (const region of CLIENTS) await client.put(namespace, "first", region, region);
  const answers: Promise<Timed | undefined>[] = [];
  const startedAt = performance.now();
  for (const [index, { atMs, region }] of arrivals(rate, seconds, seed).entries()) {
    const waitMs = startedAt + atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    answers.push(client.put(namespace, `key-${index % 100}`, `value ${index}`, region).catch(() => undefined));
  }
  return judge(mode, rate, seconds, await Promise.all(answers));
}

function judge(mode: string, rate: number, seconds: number, answers: readonly (Timed | undefined)[]): Contended {
  const done = answers.filter((one): one is Timed => one?.status === 200 || one?.status === 201);
  const paths: Record<string, number> = {};
  for (const { path = "unknown" } of done) paths[path] = (paths[path] ?? 0) + 1;
  const failures: Record<string, number> = {};
  for (const one of answers) {
    if (one?.status === 200 || one?.status === 201) continue;
    const name = one === undefined ? "no answer" : `${one.status} ${/"code":"([^"]*)"/.exec(one.text)?.[1] ?? ""}`;
    failures[name] = (failures[name] ?? 0) + 1;
  }
  const hits = done.filter(({ path, trips }) => path === "fast" && trips === 1).length;
  const times = done.map(({ ms }) => ms);
  return {
    mode,
    rate,
    seconds,
    writes: answers.length,
    missRate: 1 - hits / answers.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: quantile(times, 1),
    tripsMean: done.reduce((sum, { trips }) => sum + trips, 0) / done.length,
    paths,
    failures,
  };
}
