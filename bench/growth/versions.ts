import { control, countsOf } from "../instrument/start.ts";
import { Client, mustBeOk, type Timed } from "../load/client.ts";
import { HttpPool, type Reply, requestBytes } from "../load/http.ts";
import { progress } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import type { Collected } from "./series.ts";

const NAMESPACE = "default";
const KEY = "many";
const VALUE = "v".repeat(100);
const CALLS = 100;
const WRITERS = 64;

type Measured = Pick<Timed, "status" | "ms" | "text">;

/** More and more versions of one key: what it takes to work with it, by every operation that names it. */
export async function growVersions(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  cost: Collected,
): Promise<void> {
  const client = new Client(server.port);
  const pool = new HttpPool(server.port);
  let versions = 0;
  for (const size of sizes) {
    await write(client, size - versions);
    versions = size;
    progress(`${size} versions`);
    for (const [operation, call] of Object.entries(callsOf(client, pool))) {
      mustBeOk(await call());
      await control(server, {});
      const times: number[] = [];
      for (let index = 0; index < CALLS; index++) times.push(mustBeOk(await call()).ms);
      const { learner } = await countsOf(server);
      latency.add(operation, size, times);
      cost.add(`${operation}: rows learners read`, size, [learner.rowsRead / CALLS]);
    }
  }
  pool.close();
  client.close();
}

function callsOf(client: Client, pool: HttpPool): Readonly<Record<string, () => Promise<Measured>>> {
  const get = (path: string) => () => timed(pool, requestBytes("GET", `/v1/${NAMESPACE}/${path}`));
  const gateway = (path: string, body: unknown) => () =>
    timed(pool, requestBytes("POST", `/v3/${path}`, { "content-type": "application/json" }, JSON.stringify(body)));
  const key = Buffer.from(KEY).toString("base64");
  const value = Buffer.from(VALUE).toString("base64");
  return {
    "local read": get(`kv/${KEY}?consistency=local`),
    "local read at an old revision": get(`kv/${KEY}?consistency=local&revision=2`),
    "linearizable read": get(`kv/${KEY}`),
    list: get(`kv?prefix=${KEY}&consistency=local`),
    "history page": get(`history/${KEY}?limit=10`),
    "transaction: compare, then read": gateway("kv/txn", {
      compare: [{ key, target: "VALUE", result: "EQUAL", value }],
      success: [{ requestRange: { key } }],
    }),
    "put with the value before": gateway("kv/put", { key, value, prev_kv: true }),
    "delete of a range": gateway("kv/txn", {
      success: [{ requestDeleteRange: { key, range_end: Buffer.from(`${KEY}\0`).toString("base64") } }],
    }),
    put: () => client.put(NAMESPACE, KEY, VALUE),
  };
}

async function timed(pool: HttpPool, request: Buffer): Promise<Measured> {
  const sentAt = performance.now();
  const { status, body }: Reply = await pool.ask(request);
  return { status, ms: performance.now() - sentAt, text: body.toString("utf8") };
}

async function write(client: Client, count: number): Promise<void> {
  let left = count;
  const writer = async (): Promise<void> => {
    while (left-- > 0) mustBeOk(await client.put(NAMESPACE, KEY, VALUE));
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}
