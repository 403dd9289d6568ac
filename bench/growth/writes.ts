import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Client, mustBeOk } from "../load/client.ts";
import { HttpPool } from "../load/http.ts";
import { progress, sleep } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import { KEYS, NATIVE } from "../throughput/workload.ts";
import type { Collected } from "./series.ts";

const WRITERS = 64;
const CALLS = 200;
const REGIONS = 5;
const KIB = 1024;
/** Learners tell their acceptors what may be forgotten a moment after it is. */
const REST_MS = 2_000;

/** More and more writes to one namespace, over the same keys: what its log comes to. */
export async function growWrites(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  storage: Collected,
): Promise<void> {
  const client = new Client(server.port);
  let written = 0;
  for (const size of sizes) {
    progress(`${size} writes`);
    await write(server.port, size - written);
    written = size;
    const times: number[] = [];
    for (let index = 0; index < CALLS; index++) times.push(mustBeOk(await client.put("other", "key", `${index}`)).ms);
    latency.add("write to another namespace", size, times);
    await sleep(REST_MS);
    storage.add("KiB of an acceptor", size, [kibOf(server, "AcceptorObject") / REGIONS]);
    storage.add("KiB of a learner, with all history", size, [kibOf(server, "LearnerObject") / REGIONS]);
  }
  client.close();
}

async function write(port: number, count: number): Promise<void> {
  const pool = new HttpPool(port);
  let left = count;
  const writer = async (): Promise<void> => {
    while (left > 0) {
      const own = left--;
      const request = NATIVE.put[own % KEYS] ?? Buffer.alloc(0);
      const reply = await pool.ask(request);
      if (reply.status >= 300) throw new Error(`${reply.status}: ${reply.body.toString("utf8")}`);
      if (own % 10_000 === 0) progress(`writing: ${own} left`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  pool.close();
}

/** What the objects of a class take on disk, write-ahead logs included. */
function kibOf(server: Server, className: string): number {
  const folder = join(server.folder, `synod-${className}`);
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / KIB;
}
