import { Random } from "../random.ts";
import { difference, type Told } from "./compare.ts";
import { Etcd } from "./etcd.ts";
import { type Asked, askedOf } from "./generate.ts";
import { quiet, SETTLE_MS, type WatchAsked, WatchListener, watchAskedOf } from "./watches.ts";
import { type World, worldNew } from "./world.ts";

export interface Sequence {
  readonly seed: number;
  readonly operations: number;
}

export interface Outcome {
  /** Requests that both answered. */
  readonly operations: number;
  readonly watches: number;
  readonly events: number;
  readonly revision: number;
  /** How often each answer came: `POST /v3/kv/put 200`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Where they first disagreed, with all that is needed to look at it; after it nothing was compared. */
  readonly difference: string | undefined;
}

const ANSWER_MS_MAX = 20_000;
/** Watches that are open from the start, and how often another joins. */
const WATCHES_FIRST = 6;
const WATCH_EVERY = 60;

interface Watching {
  readonly asked: WatchAsked;
  readonly at: number;
  readonly etcd: WatchListener;
  readonly ours: WatchListener;
}

/** Sends one sequence to a fresh etcd and to a fresh namespace of ours, so that their revisions are the same. */
export async function differential(base: string, namespace: string, sequence: Sequence): Promise<Outcome> {
  const etcd = await Etcd.start();
  const run = new Run([etcd.base, base], namespace, sequence);
  try {
    return await run.all();
  } finally {
    run.close();
    await etcd.dispose();
  }
}

class Run {
  readonly #bases: readonly [string, string];
  readonly #namespace: string;
  readonly #sequence: Sequence;
  readonly #random: Random;
  readonly #world: World = worldNew();
  readonly #watching: Watching[] = [];
  readonly #answers = new Map<string, number>();

  constructor(bases: readonly [string, string], namespace: string, sequence: Sequence) {
    this.#bases = bases;
    this.#namespace = namespace;
    this.#sequence = sequence;
    this.#random = new Random(sequence.seed);
  }

  async all(): Promise<Outcome> {
    for (let index = 0; index < WATCHES_FIRST; index++) await this.#watch(0);
    await pause(SETTLE_MS);
    let found: string | undefined;
    let done = 0;
    while (found === undefined && done < this.#sequence.operations) {
      found = await this.#operation(done++);
      if (done % WATCH_EVERY === 0) {
        await this.#watch(done);
        await pause(SETTLE_MS);
      }
    }
    found ??= await this.#compareWatches();
    return {
      operations: done,
      watches: this.#watching.length,
      events: this.#watching.reduce((sum, { ours }) => sum + ours.eventCount, 0),
      revision: this.#world.revision,
      answers: this.#answers,
      difference: found,
    };
  }

  close(): void {
    for (const { etcd, ours } of this.#watching) {
      etcd.close();
      ours.close();
    }
  }

  async #operation(index: number): Promise<string | undefined> {
    const asked = askedOf(this.#random, this.#world);
    const [etcd, ours] = await Promise.all([this.#send(asked, 0), this.#send(asked, 1)]);
    this.#learn(asked, etcd, ours);
    const route = `${asked.method ?? "POST"} ${asked.path} ${etcd.status}`;
    this.#answers.set(route, (this.#answers.get(route) ?? 0) + 1);
    const found = difference(this.#world, asked.path, etcd, ours);
    return (
      found && `seed ${this.#sequence.seed}, operation ${index}: ${asked.path} ${asked.body.slice(0, 2_000)}\n${found}`
    );
  }

  async #send({ method = "POST", path, body }: Asked, side: 0 | 1): Promise<Told> {
    const named = body.replace(/"(@lease\d+)"/g, (_, name: string) => `"${this.#world.chosen.get(name)?.[side] ?? 0}"`);
    const response = await fetch(`${this.#bases[side]}${path}`, {
      method,
      headers: { "synod-namespace": this.#namespace },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(method === "POST" ? { body: named } : {}),
    });
    return { status: response.status, contentType: response.headers.get("content-type"), text: await response.text() };
  }

  /** What etcd's answer says of the store. */
  #learn({ path, body }: Asked, etcd: Told, ours: Told): void {
    if (etcd.status !== 200 || etcd.contentType !== "application/json") return;
    const world = this.#world;
    const revision = Number(/"revision":"(\d+)"/.exec(etcd.text)?.[1] ?? 0);
    world.revision = Math.max(world.revision, revision);
    if (path.endsWith("/kv/compaction")) {
      world.compacted = Math.max(world.compacted, Number((JSON.parse(body) as { revision: unknown }).revision));
    }
    if (path.endsWith("/lease/grant")) {
      const ids = [etcd, ours].map(({ text }) => /"ID":"(-?\d+)"/.exec(text)?.[1] ?? "0") as [string, string];
      const name = ids[0] === ids[1] ? ids[0] : `@lease${world.chosen.size}`;
      if (name !== ids[0]) world.chosen.set(name, ids);
      world.leases.push(name);
    }
  }

  async #watch(at: number): Promise<void> {
    const asked = watchAskedOf(this.#random, this.#world);
    const [etcd, ours] = await Promise.all(this.#bases.map((base) => WatchListener.open(base, this.#namespace, asked)));
    if (etcd !== undefined && ours !== undefined) this.#watching.push({ asked, at, etcd, ours });
  }

  async #compareWatches(): Promise<string | undefined> {
    await quiet(this.#watching.flatMap(({ etcd, ours }) => [etcd, ours]));
    for (const { asked, at, etcd, ours } of this.#watching) {
      const [was, is] = [JSON.stringify(etcd.summary(this.#world, 0)), JSON.stringify(ours.summary(this.#world, 1))];
      if (was === is) continue;
      let from = 0;
      while (was.charAt(from) === is.charAt(from)) from++;
      const near = (text: string): string => text.slice(Math.max(0, from - 300), from + 700);
      return `seed ${this.#sequence.seed}, watch opened after operation ${at}: ${asked.body}\netcd: …${near(was)}\nours: …${near(is)}`;
    }
    return undefined;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
