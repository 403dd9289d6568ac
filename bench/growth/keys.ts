import { Random } from "../../test/random.ts";
import { control, countsOf } from "../instrument/start.ts";
import { Client, mustBeOk, type Timed } from "../load/client.ts";
import { HttpPool, requestBytes } from "../load/http.ts";
import { Watcher } from "../load/watcher.ts";
import { progress } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import type { Collected } from "./series.ts";

const NAMESPACE = "default";
const VALUE = "v".repeat(100);
/** Puts of one transaction while the store is filled; etcd's limit is 128. */
const PER_TXN = 100;
const FILLERS = 4;
/** Keys come in any order but their own. A prime that no size is a multiple of. */
const STRIDE = 7_919;
const PAGE_KEYS = 100;
/** Of each operation at each size; the writes are also what a watch from an old revision has to catch up with. */
const CALLS = 200;
const WATCHES = 20;

function keyOf(index: number): string {
  return `key/${`${index}`.padStart(9, "0")}`;
}

/** Grows one namespace from size to size and measures at each. */
export async function growKeys(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  cost: Collected,
): Promise<void> {
  const client = new Client(server.port);
  let filled = 0;
  for (const size of sizes) {
    await fill(server.port, filled, size);
    filled = size;
    progress(`${size} keys`);
    await measure(server, client, size, latency, cost);
  }
  client.close();
}

async function fill(port: number, from: number, to: number): Promise<void> {
  const pool = new HttpPool(port);
  const keyAt = (index: number) => base64(keyOf(from + ((index * STRIDE) % (to - from))));
  let next = 0;
  let told = 0;
  const filler = async (): Promise<void> => {
    while (next < to - from) {
      const first = next;
      next = Math.min(to - from, first + PER_TXN);
      const puts = Array.from({ length: next - first }, (_, index) => ({
        requestPut: { key: keyAt(first + index), value: base64(VALUE) },
      }));
      const body = JSON.stringify({ success: puts });
      const request = requestBytes("POST", "/v3/kv/txn", { "content-type": "application/json" }, body);
      // A busy machine may close a connection; the same puts again change nothing that is measured.
      const reply = await pool.ask(request).catch(() => pool.ask(request));
      if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body.toString("utf8")}`);
      if (next - told >= 10_000) {
        told = next;
        progress(`filling: ${from + next} of ${to} keys`);
      }
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, filler));
  pool.close();
}

async function measure(
  server: Server,
  client: Client,
  size: number,
  latency: Collected,
  cost: Collected,
): Promise<void> {
  const random = new Random(size);
  const key = () => keyOf(random.below(size));
  const pagePrefix = () => key().slice(0, -2);
  const calls: Readonly<Record<string, () => Promise<Timed>>> = {
    "linearizable read": () => client.get(NAMESPACE, key()),
    "local read": () => client.get(NAMESPACE, key(), undefined, "local"),
    [`page of ${PAGE_KEYS} keys by prefix`]: () => client.list(NAMESPACE, pagePrefix(), PAGE_KEYS),
    write: () => client.put(NAMESPACE, key(), VALUE),
  };
  let revision = 0;
  for (const [operation, call] of Object.entries(calls)) {
    for (let warm = 0; warm < 5; warm++) mustBeOk(await call());
    await control(server, {});
    const times: number[] = [];
    for (let index = 0; index < CALLS; index++) {
      const answer = mustBeOk(await call());
      times.push(answer.ms);
      revision = answer.revision;
    }
    const counts = await countsOf(server);
    latency.add(operation, size, times);
    cost.add(`${operation}: rows read`, size, [(counts.acceptor.rowsRead + counts.learner.rowsRead) / times.length]);
    cost.add(`${operation}: rows written`, size, [
      (counts.acceptor.rowsWritten + counts.learner.rowsWritten) / times.length,
    ]);
  }
  // The writes were measured last: a revision each.
  await control(server, {});
  const watches: number[] = [];
  for (let index = 0; index < WATCHES; index++)
    watches.push(await catchUpMs(server.port, revision - CALLS + 1, revision));
  const counts = await countsOf(server);
  latency.add(`watch from ${CALLS} revisions ago, until now`, size, watches);
  cost.add("watch from an old revision: rows read", size, [counts.learner.rowsRead / WATCHES]);
}

/** From asking for the watch to its last event. */
async function catchUpMs(port: number, from: number, to: number): Promise<number> {
  const startedAt = performance.now();
  let done: () => void = () => undefined;
  const isDone = new Promise<void>((resolve) => {
    done = resolve;
  });
  const watcher = await Watcher.open(port, `/v1/${NAMESPACE}/watch?prefix=key/&from=${from}`, {}, (frame) => {
    if (Number(/^\{"type":"events","revision":(\d+)/.exec(frame)?.[1] ?? 0) >= to) done();
  });
  await isDone;
  watcher.close();
  return performance.now() - startedAt;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
