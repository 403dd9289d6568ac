import { Client, mustBeOk } from "../load/client.ts";
import { usage } from "../run/machine.ts";
import { progress } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import type { Collected } from "./series.ts";

const ROUNDS_MIN = 100;

/** More and more namespaces, used in turn. */
export async function growNamespaces(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  memory: Collected,
): Promise<void> {
  const client = new Client(server.port);
  let made = 0;
  for (const size of sizes) {
    progress(`${size} namespaces`);
    const firsts: number[] = [];
    for (; made < size; made++) firsts.push(mustBeOk(await client.put(nameOf(made), "key", "value")).ms);
    latency.add("first write of a namespace", size, firsts);
    const count = Math.max(ROUNDS_MIN, size);
    const writes: number[] = [];
    const reads: number[] = [];
    for (let index = 0; index < count; index++) {
      writes.push(mustBeOk(await client.put(nameOf(index % size), "key", `value ${index}`)).ms);
      reads.push(mustBeOk(await client.get(nameOf(index % size), "key")).ms);
    }
    latency.add("write", size, writes);
    latency.add("linearizable read", size, reads);
    memory.add("MiB of the server", size, [usage([server.pid]).residentMiB]);
  }
  client.close();
}

function nameOf(index: number): string {
  return `space-${index}`;
}
