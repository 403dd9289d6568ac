import type {
  Condition,
  Get,
  History,
  Operation,
  RegisterWrite,
  Watch,
  WatchEvent,
} from "../../src/checker/history.ts";
import { Random } from "../random.ts";

export interface Setting {
  readonly seed: number;
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** The share of writes whose answer is lost; half of those never take effect, the rest some time later. */
  readonly unknown: number;
  /** Conditions, deletes and creations too, or nothing but puts and gets. */
  readonly conditional: boolean;
}

interface Cell {
  readonly value: string;
  readonly modRevision: number;
}

interface Store {
  revision: number;
  readonly cells: Map<string, Cell>;
  readonly events: Omit<WatchEvent, "at">[];
}

interface Job {
  readonly time: number;
  readonly run: () => void;
}

type Asked =
  | Pick<Get, "kind" | "key" | "consistency" | "minRevision">
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly condition: Condition }
  | { readonly kind: "delete"; readonly key: string; readonly condition: Condition };

/**
 * A history that is linearizable by construction: clients call, the operation takes effect on one atomic store at one
 * moment before it returns (or after, when the answer is lost), and a watch of all keys records what happened.
 */
export function simulate(setting: Setting): History {
  const random = new Random(setting.seed);
  const store: Store = { revision: 0, cells: new Map(), events: [] };
  const operations: Operation[] = [];
  const jobs: Job[] = [];
  const known = new Map<string, number>();

  const callNext = (client: string, time: number): void => {
    if (operations.length >= setting.operations) return;
    const id = operations.length;
    const asked = askedOf(random, setting, known, id);
    const isLost = asked.kind !== "get" && random.next() < setting.unknown;
    const point = time + random.next() * (isLost ? 40 : 4);
    const returned = (isLost ? time : point) + random.next() * 4;
    const base = { ...asked, id, client, session: client, call: time, return: returned };
    operations.push({ ...base, outcome: { kind: "unknown" } } as Operation);
    if (!isLost || random.next() < 0.5) {
      jobs.push({
        time: point,
        run: () => {
          const outcome = storeApply(store, asked);
          const cell = store.cells.get(asked.key);
          if (cell !== undefined) known.set(asked.key, cell.modRevision);
          if (!isLost) operations[id] = { ...base, outcome } as Operation;
        },
      });
    }
    // Who lost an answer goes on as another client would, after giving up.
    jobs.push({ time: returned + random.next(), run: () => callNext(client, jobTime) });
  };

  let jobTime = 0;
  for (let client = 0; client < setting.clients; client++) {
    const name = `c${client}`;
    jobs.push({ time: random.next(), run: () => callNext(name, jobTime) });
  }
  for (let job = jobTake(jobs); job !== undefined; job = jobTake(jobs)) {
    jobTime = job.time;
    job.run();
  }
  return { operations, watches: [watchOf(store, jobTime + 1, random)] };
}

function jobTake(jobs: Job[]): Job | undefined {
  let soonest = 0;
  for (let at = 1; at < jobs.length; at++) if ((jobs[at]?.time ?? 0) < (jobs[soonest]?.time ?? 0)) soonest = at;
  const job = jobs[soonest];
  const last = jobs.pop();
  if (last !== undefined && last !== job) jobs[soonest] = last;
  return job;
}

function askedOf(random: Random, setting: Setting, known: ReadonlyMap<string, number>, id: number): Asked {
  const key = `k${random.below(setting.keys)}`;
  const dice = random.next();
  const match: Condition = { kind: "match", modRevision: known.get(key) ?? 1 };
  if (dice < 0.45) return { kind: "get", key, consistency: "linearizable", minRevision: null };
  if (!setting.conditional) return { kind: "put", key, value: `v${id}`, condition: { kind: "none" } };
  if (dice < 0.6) return { kind: "put", key, value: `v${id}`, condition: match };
  if (dice < 0.65) return { kind: "put", key, value: `v${id}`, condition: { kind: "none-match" } };
  if (dice < 0.7) return { kind: "delete", key, condition: random.next() < 0.5 ? { kind: "none" } : match };
  return { kind: "put", key, value: `v${id}`, condition: { kind: "none" } };
}

function storeApply(store: Store, asked: Asked): (Get | RegisterWrite)["outcome"] {
  const cell = store.cells.get(asked.key);
  const { revision } = store;
  if (asked.kind === "get") {
    return { kind: "ok", revision, result: cell === undefined ? { kind: "absent" } : { kind: "present", ...cell } };
  }
  const { condition } = asked;
  if (condition.kind === "match" && cell?.modRevision !== condition.modRevision) {
    return { kind: "ok", revision, result: { kind: "precondition-failed" } };
  }
  if (condition.kind === "none-match" && cell !== undefined) {
    return { kind: "ok", revision, result: { kind: "precondition-failed" } };
  }
  if (asked.kind === "delete" && cell === undefined) return { kind: "ok", revision, result: { kind: "absent" } };
  const modRevision = revision + 1;
  store.revision = modRevision;
  if (asked.kind === "put") store.cells.set(asked.key, { value: asked.value, modRevision });
  else store.cells.delete(asked.key);
  store.events.push({ key: asked.key, revision: modRevision, value: asked.kind === "put" ? asked.value : null });
  return { kind: "ok", revision: modRevision, result: { kind: "written", modRevision } };
}

/** All events, after the end of the run, over a random number of connections. */
function watchOf(store: Store, at: number, random: Random): Watch {
  const connections: { from: number; events: WatchEvent[] }[] = [{ from: 1, events: [] }];
  for (const event of store.events) {
    if (random.next() < 0.01) connections.push({ from: event.revision, events: [] });
    connections.at(-1)?.events.push({ ...event, at });
  }
  return { id: "all", target: { kind: "prefix", prefix: "" }, connections, through: store.revision };
}

/** The same history with no revision in any answer (If-Match keeps its own). */
export function withoutRevisions({ operations }: History): History {
  const stripped = operations.map((op) => {
    if (op.outcome.kind !== "ok") return op;
    const { result } = op.outcome;
    const bare = "modRevision" in result ? { ...result, modRevision: null } : result;
    return { ...op, outcome: { ...op.outcome, revision: null, result: bare } } as Operation;
  });
  return { operations: stripped, watches: [] };
}
