import type { Region } from "../../src/network/region.ts";
import { type Client, mustBeOk, type Timed } from "../load/client.ts";
import { progress, sleep } from "../run/main.ts";
import { median, type Spread, spread } from "../run/numbers.ts";
import { CLIENTS, localLimitMs, readLimitMs, writeLimitMs } from "./limit.ts";

export interface Lone extends Spread {
  readonly region: Region;
  /** What the table allows. */
  readonly limitMs: number;
  /** The median of the same call without distances: what this machine adds. */
  readonly overheadMs: number;
  /** The median, by the limit and the overhead together. */
  readonly ratio: number;
  /** The share of calls decided as they should be: fast writes in one trip, reads of one trip, local reads of none. */
  readonly asMeant: number;
}

export interface LoneResult {
  readonly write: readonly Lone[];
  readonly read: readonly Lone[];
  readonly local: readonly Lone[];
  readonly turns: readonly Lone[];
}

type Kind = "write" | "read" | "local";
type Call = (index: number) => Promise<Timed>;

const WARM_UPS = 2;
/** So that everybody has heard of a write before the next, wherever that is. */
const HEARD_MS = 400;

const LIMITS = { write: writeLimitMs, read: readLimitMs, local: localLimitMs } as const;

/** One client at a time, nobody else about: each region has a namespace of its own. */
export async function lone(client: Client, samples: number): Promise<LoneResult> {
  const near = await all(client, samples, "without distances");
  await client.network({ wan: true });
  const far = await all(client, samples, "with distances");
  const judged = (kind: Kind): Lone[] =>
    CLIENTS.map((region) => judge(kind, region, far[kind].get(region) ?? [], near[kind].get(region) ?? []));
  const turns = await writesInTurn(client, Math.max(3, Math.ceil(samples / 5)));
  return {
    write: judged("write"),
    read: judged("read"),
    local: judged("local"),
    turns: CLIENTS.map((region) => judge("write", region, turns.get(region) ?? [], near.write.get(region) ?? [])),
  };
}

type Sampled = Readonly<Record<Kind, ReadonlyMap<Region, readonly Timed[]>>>;

async function all(client: Client, samples: number, how: string): Promise<Sampled> {
  const sampled = { write: new Map(), read: new Map(), local: new Map() };
  for (const region of CLIENTS) {
    progress(`${region}, ${how}`);
    const namespace = `lone-${region}`;
    const calls: Record<Kind, Call> = {
      write: (index) => client.put(namespace, "key", `value ${index}`, region),
      read: () => client.get(namespace, "key", region),
      local: () => client.get(namespace, "key", region, "local"),
    };
    for (const kind of ["write", "read", "local"] as const) {
      const answers: Timed[] = [];
      for (let index = -WARM_UPS; index < samples; index++) {
        const answer = mustBeOk(await calls[kind](index));
        if (index >= 0) answers.push(answer);
      }
      sampled[kind].set(region, answers);
    }
  }
  return sampled;
}

/** Writers of all regions take turns on one log: nobody races, but nobody remembers where the log ends either. */
async function writesInTurn(client: Client, rounds: number): Promise<Map<Region, Timed[]>> {
  const answers = new Map<Region, Timed[]>(CLIENTS.map((region) => [region, []]));
  for (let round = -1; round < rounds; round++) {
    progress(`writers take turns, ${round + 1} of ${rounds}`);
    for (const region of CLIENTS) {
      const answer = mustBeOk(await client.put("turns", "key", `${round} ${region}`, region));
      if (round >= 0) answers.get(region)?.push(answer);
      await sleep(HEARD_MS);
    }
  }
  return answers;
}

function judge(kind: Kind, region: Region, far: readonly Timed[], near: readonly Timed[]): Lone {
  const limitMs = LIMITS[kind](region);
  const overheadMs = median(near.map(({ ms }) => ms));
  const times = spread(far.map(({ ms }) => ms));
  const asMeant = far.filter((answer) => isAsMeant(kind, answer)).length / far.length;
  return { region, limitMs, overheadMs, ratio: times.p50 / (limitMs + overheadMs), asMeant, ...times };
}

function isAsMeant(kind: Kind, { path, trips }: Timed): boolean {
  if (kind === "write") return path === "fast" && trips === 1;
  return kind === "read" ? path === "quorum-read" && trips === 1 : path === "local" && trips === 0;
}
