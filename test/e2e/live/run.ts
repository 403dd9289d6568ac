/** A live run: clients and watchers in five regions against a real server, while everything goes wrong. */
import { historyCheck } from "../../../src/checker/check.ts";
import type { History, Operation } from "../../../src/checker/history.ts";
import type { Verdict } from "../../../src/checker/verdict.ts";
import { Random } from "../../random.ts";
import { ACCEPTORS, Client } from "../client.ts";
import { DevServer } from "../server.ts";
import { LiveWatcher } from "./live-watcher.ts";
import { type Damage, nemesisRun } from "./nemesis.ts";
import { Recorder } from "./recorder.ts";
import { Session } from "./session.ts";
import { clientRun } from "./workload.ts";

export interface LiveOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly clients: number;
  /** How often the server gets `kill -9`. */
  readonly kills: number;
}

export interface LiveResult {
  readonly history: History;
  readonly verdict: Verdict;
  readonly damage: Damage;
  /** Liveness: who had not been told everything long after all was healed. */
  readonly behind: readonly string[];
}

/** Watchers have this long to catch up once everything is healed. */
const CATCH_UP_MS = 30_000;

export async function liveRun({ seed, seconds, clients, kills }: LiveOptions): Promise<LiveResult> {
  const server = await DevServer.start();
  try {
    const recorder = new Recorder();
    const client = new Client(server.base, `live-${seed}`);
    const watchers = ACCEPTORS.map(
      (region, index) =>
        new LiveWatcher(
          client.at(region),
          index % 2 === 0 ? "websocket" : "event-stream",
          new Random(seed + 1_000 + index),
        ),
    );
    const watching = watchers.map((watcher) => watcher.run());

    let isOver = false;
    const working = Array.from({ length: clients }, (_, index) =>
      clientRun(index, client, recorder, new Random(seed + 1 + index), () => isOver),
    );
    const damage = await nemesisRun(server, new Random(seed), performance.now() + seconds * 1_000, kills).finally(
      () => {
        isOver = true;
      },
    );
    await Promise.all(working);

    const revision = await readEverything(new Session("last", client, recorder, new Random(seed)), recorder);
    const arrived = await Promise.all(watchers.map((watcher) => watcher.finish(revision, CATCH_UP_MS)));
    await Promise.all(watching);
    for (const [index, { id, connections }] of watchers.entries()) {
      const through = arrived[index] === true ? revision : null;
      recorder.watches.push({ id, target: { kind: "prefix", prefix: "" }, connections, through });
    }
    const behind = watchers.filter((_, index) => arrived[index] !== true).map(({ id }) => id);
    return { history: recorder.history, verdict: historyCheck(recorder.history), damage, behind };
  } finally {
    await server.dispose();
  }
}

/** Reads each key once more when all is healed; the revision that the store then has. */
async function readEverything(session: Session, recorder: Recorder): Promise<number> {
  const keys = new Set(recorder.operations.map(({ key }) => key).filter((key) => /^[rc]\//.test(key)));
  let revision = 0;
  for (const key of keys) {
    const answer = await session.get(key, "linearizable", false);
    revision = Math.max(revision, answer?.revision ?? 0);
  }
  return revision;
}

/** What a person wants to know of a run. */
export function liveSummary({ history, verdict, damage, behind }: LiveResult): string {
  const count = (holds: (op: Operation) => boolean): number => history.operations.filter(holds).length;
  const outcomes = (["ok", "failed", "unknown"] as const).map(
    (kind) => `${count(({ outcome }) => outcome.kind === kind)} ${kind}`,
  );
  const kinds = [...new Set(history.operations.map(({ kind }) => kind))].map(
    (kind) => `${count((op) => op.kind === kind)} ${kind}`,
  );
  const events = history.watches.flatMap(({ connections }) => connections.flatMap(({ events: seen }) => seen)).length;
  const connections = history.watches.flatMap((watch) => watch.connections).length;
  const faults = [...damage.faults].map(([name, times]) => `${times} ${name}`);
  const violations = verdict.kind === "illegal" ? verdict.violations : [];
  return [
    `operations  ${history.operations.length}: ${outcomes.join(", ")}`,
    `            ${kinds.join(", ")}`,
    `watches     ${history.watches.length}, over ${connections} connections: ${events} events`,
    `faults      ${faults.join(", ")}; ${damage.kills} kill -9`,
    ...violations.slice(0, 20).map(({ rule, message }) => `violation   ${rule}: ${message}`),
    ...behind.map((id) => `behind      the watcher in ${id} was not told everything`),
    `verdict     ${verdict.kind}${verdict.kind === "unknown" ? `: ${verdict.reason}` : ""}`,
  ].join("\n");
}
