import { Client, mustBeOk } from "../load/client.ts";
import { Watcher } from "../load/watcher.ts";
import { usage } from "../run/machine.ts";
import { progress, sleep } from "../run/main.ts";
import type { Server } from "../run/server.ts";
import type { Collected } from "./series.ts";

const NAMESPACE = "watched";
const WRITES = 30;
const OPENERS = 16;
const HEARD_MS_MAX = 10_000;

/** More and more watchers on the learner of one region: first all of the key that is written, then all of others. */
export async function growWatchers(
  server: Server,
  sizes: readonly number[],
  latency: Collected,
  memory: Collected,
): Promise<void> {
  const client = new Client(server.port);
  mustBeOk(await client.put(NAMESPACE, "key", "first"));
  for (const [who, pathOf] of [
    ["all of the key written", () => "key=key"],
    ["all of other keys", (index: number) => `key=other-${index}`],
  ] as const) {
    const isHeard = who === "all of the key written";
    const watchers: Watcher[] = [];
    let heard = 0;
    let firstAt = 0;
    let lastAt = 0;
    let expected = 0;
    let changed: () => void = () => undefined;
    for (const size of sizes) {
      progress(`${size} watchers, ${who}`);
      const open = async (): Promise<void> => {
        while (watchers.length + opening < size) {
          opening++;
          const path = `/v1/${NAMESPACE}/watch?${pathOf(watchers.length + opening)}`;
          const watcher = await Watcher.open(server.port, path, {}, () => {
            lastAt = performance.now();
            if (heard++ === 0) firstAt = lastAt;
            if (heard >= expected) changed();
          });
          opening--;
          watchers.push(watcher);
        }
      };
      let opening = 0;
      const openedAt = performance.now();
      const added = size - watchers.length;
      await Promise.all(Array.from({ length: Math.min(OPENERS, added) }, open));
      latency.add(`opening one, ${who}`, size, [(performance.now() - openedAt) / added]);

      const writes: number[] = [];
      const lasts: number[] = [];
      const fanOuts: number[] = [];
      for (let index = -2; index < WRITES; index++) {
        heard = 0;
        expected = isHeard ? size : 0;
        const sentAt = performance.now();
        const answer = mustBeOk(await client.put(NAMESPACE, "key", `${size} ${index}`));
        const deadline = performance.now() + HEARD_MS_MAX;
        while (heard < expected && performance.now() < deadline) {
          await new Promise<void>((resolve) => {
            changed = resolve;
            setTimeout(resolve, HEARD_MS_MAX).unref();
          });
        }
        if (heard < expected) throw new Error(`${expected - heard} of ${expected} watchers heard nothing`);
        if (index < 0) continue;
        writes.push(answer.ms);
        lasts.push(lastAt - sentAt);
        fanOuts.push(lastAt - firstAt);
        await sleep(20);
      }
      latency.add(`write, ${who}`, size, writes);
      if (isHeard) {
        latency.add("from sending the write to the last event", size, lasts);
        latency.add("from the first event to the last", size, fanOuts);
      }
      memory.add(`MiB of the server, ${who}`, size, [usage([server.service.pid]).residentMiB]);
    }
    for (const watcher of watchers) watcher.close();
    await sleep(500);
  }
  client.close();
}
