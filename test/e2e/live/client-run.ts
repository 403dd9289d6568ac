/** A live run whose clients and watchers are the package's: what they were told is judged as what it is. */
import { historyCheck } from "../../../src/checker/check.ts";
import type { WatchEvent } from "../../../src/checker/history.ts";
import type { Synod } from "../../../src/client/index.ts";
import { Random } from "../../random.ts";
import { ACCEPTORS, sleep } from "../client.ts";
import { DevServer } from "../server.ts";
import { ClientSession, synodAt } from "./client-session.ts";
import { nemesisRun } from "./nemesis.ts";
import { Recorder } from "./recorder.ts";
import type { LiveOptions, LiveResult } from "./run.ts";

const REGISTERS = [0, 1, 2, 3];
/** Keys are used for this long and then left, so that no write of unknown outcome stays open for ever. */
const GENERATION_MS = 5_000;
const THINK_MS = 60;
/** Watchers have this long to catch up once everything is healed. */
const CATCH_UP_MS = 60_000;

export async function packageRun({ seed, seconds, clients, kills }: LiveOptions): Promise<LiveResult> {
  const server = await DevServer.start();
  const namespace = `package-${seed}`;
  try {
    const recorder = new Recorder();
    const watchers = ACCEPTORS.map(
      (region, index) =>
        new PackageWatcher(region, synodAt(server.base, namespace, region, new Random(seed + 1_000 + index))),
    );
    let isOver = false;
    const sessions = Array.from({ length: clients }, (_, index) => {
      const random = new Random(seed + 1 + index);
      const home = ACCEPTORS[index % ACCEPTORS.length] ?? "enam";
      return new ClientSession(`c${index}`, synodAt(server.base, namespace, home, random), recorder, random);
    });
    const working = sessions.map((session) => work(session, () => isOver));
    const endsAt = performance.now() + seconds * 1_000;
    const damage = await nemesisRun(server, new Random(seed), endsAt, kills).finally(() => {
      isOver = true;
    });
    await Promise.all(working);

    const last = synodAt(server.base, namespace, "enam", new Random(seed));
    const { revision } = await last.kv.put("last", "written", { deadlineMs: CATCH_UP_MS });
    const session = new ClientSession("last", last, recorder, new Random(seed));
    for (const key of new Set(recorder.operations.filter(({ kind }) => kind === "put").map((put) => put.key))) {
      await session.get(key, "linearizable", false);
    }
    const arrived = await Promise.all(watchers.map((watcher) => watcher.finish(revision, CATCH_UP_MS)));
    for (const [index, { id, events }] of watchers.entries()) {
      const through = arrived[index] === true ? revision : null;
      // However often it connected: to who reads it, it is one watch.
      recorder.watches.push({
        id,
        target: { kind: "prefix", prefix: "r/" },
        connections: [{ from: 1, events }],
        through,
      });
    }
    const behind = watchers.filter((_, index) => arrived[index] !== true).map(({ id }) => id);
    return { history: recorder.history, verdict: historyCheck(recorder.history), damage, behind };
  } finally {
    await server.dispose();
  }
}

/** A watch of the package's client, from the first revision on. */
class PackageWatcher {
  readonly id: string;
  readonly events: WatchEvent[] = [];
  readonly #synod: Synod;
  readonly #following: Promise<void>;
  #through = 0;

  constructor(region: string, synod: Synod) {
    this.id = `${region} by the package`;
    this.#synod = synod;
    this.#following = this.#follow();
  }

  async #follow(): Promise<void> {
    for await (const batch of this.#synod.watch<string>({ prefix: "r/" }, { from: 1, as: "text" })) {
      if (batch.kind === "reset") throw new Error("nothing was compacted, so that no watch begins anew");
      if (batch.kind === "events") {
        const at = performance.now();
        for (const event of batch.events) {
          const value = event.type === "put" ? event.value : null;
          this.events.push({ at, key: event.key, revision: event.revision, value });
        }
      }
      this.#through = batch.revision;
    }
  }

  /** Waits until everything up to `revision` was told; says whether it was, and ends. */
  async finish(revision: number, waitMs: number): Promise<boolean> {
    const until = performance.now() + waitMs;
    while (this.#through < revision && performance.now() < until) await sleep(50);
    await this.#synod[Symbol.asyncDispose]();
    await this.#following;
    return this.#through >= revision;
  }
}

async function work(session: ClientSession, isOver: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!isOver()) {
    const generation = Math.floor((performance.now() - startedAt) / GENERATION_MS);
    if (session.chance(0.15)) await session.propose(`p/${generation}/${session.pick(REGISTERS)}`, session.freshId());
    else await step(session, `r/${generation}/${session.pick(REGISTERS)}`);
    await session.pause(THINK_MS);
  }
}

async function step(session: ClientSession, key: string): Promise<void> {
  if (session.chance(0.45)) {
    await session.get(key, session.chance(0.4) ? "local" : "linearizable", session.chance(0.7));
    return;
  }
  if (session.chance(0.4)) {
    await session.put(key, session.freshId(), { kind: "none" });
    return;
  }
  const found = await session.get(key, session.chance(0.3) ? "local" : "linearizable", true);
  if (found === undefined) return;
  if (found.kind === "absent") await session.put(key, session.freshId(), { kind: "none-match" });
  else if (session.chance(0.2)) await session.del(key, { kind: "match", modRevision: found.modRevision });
  else await session.put(key, session.freshId(), { kind: "match", modRevision: found.modRevision });
}
