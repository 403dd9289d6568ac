/** What the clients of a live run do: registers, counters and write-once keys, all in one namespace. */

import type { Random } from "../../random.ts";
import { ACCEPTORS, type Client } from "../client.ts";
import type { Recorder } from "./recorder.ts";
import { Session } from "./session.ts";

const REGISTERS = 4;
/** Keys are used for this long and then left, so that no write of unknown outcome stays open for ever. */
const GENERATION_MS = 5_000;
const THINK_MS = 60;

export async function clientRun(
  index: number,
  client: Client,
  recorder: Recorder,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  const home = ACCEPTORS[index % ACCEPTORS.length] ?? "enam";
  const session = new Session(`c${index}`, client.at(home), recorder, random);
  const startedAt = performance.now();
  while (!isOver()) {
    const generation = Math.floor((performance.now() - startedAt) / GENERATION_MS);
    if (session.chance(0.25)) await session.increment(`c/${generation}`);
    else if (session.chance(0.15))
      await session.propose(`p/${generation}/${session.pick([0, 1, 2])}`, session.freshId());
    else await registerStep(session, `r/${generation}/${random.below(REGISTERS)}`);
    await session.pause(THINK_MS);
  }
}

async function registerStep(session: Session, key: string): Promise<void> {
  if (session.chance(0.45)) {
    const local = session.chance(0.4);
    await session.get(key, local ? "local" : "linearizable", session.chance(0.7));
    return;
  }
  if (session.chance(0.4)) {
    await session.put(key, session.freshId(), { kind: "none" });
    return;
  }
  const read = await session.get(key, session.chance(0.3) ? "local" : "linearizable", true);
  if (read === undefined) return;
  const condition =
    read.status === 200 ? ({ kind: "match", modRevision: read.etag } as const) : ({ kind: "none-match" } as const);
  if (condition.kind === "match" && session.chance(0.2)) await session.del(key, condition);
  else await session.put(key, session.freshId(), condition);
}
