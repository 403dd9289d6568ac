/**
 * `npm run bench:growth`: what an operation takes, and is billed for, as keys, versions, watchers and namespaces become a hundred
 * times more (`--full`: a thousand and ten thousand times). About 3 minutes; `--full` about 20.
 *
 * `--only keys|versions|watchers|namespaces|writes`: that part alone. The server is the production-like one with counters around its
 * objects.
 */
import { parseArgs } from "node:util";
import { growKeys } from "./growth/keys.ts";
import { growNamespaces } from "./growth/namespaces.ts";
import { Collected } from "./growth/series.ts";
import { growVersions } from "./growth/versions.ts";
import { growBystanders, growListeners } from "./growth/watchers.ts";
import { growWrites } from "./growth/writes.ts";
import { instrumentedStart } from "./instrument/start.ts";
import { machine } from "./run/machine.ts";
import { main, progressEnd } from "./run/main.ts";
import { report } from "./run/report.ts";
import type { Server } from "./run/server.ts";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

const KEYS = values.quick ? [1_000, 5_000] : [1_000, 10_000, 100_000, ...(values.full ? [1_000_000] : [])];
const VERSIONS = values.quick ? [100, 2_000] : [100, 2_000, 20_000, ...(values.full ? [100_000] : [])];
const WATCHERS = values.quick ? [1, 10, 100] : [1, 10, 100, 1_000, ...(values.full ? [10_000] : [])];
const WRITES = values.quick ? [1_000, 10_000] : [2_000, 20_000, 200_000];
const NAMESPACES = values.quick ? [1, 10] : [1, 10, 100, ...(values.full ? [1_000] : [])];

type Grow = (server: Server, sizes: readonly number[], latency: Collected, more: Collected) => Promise<void>;

interface Part {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly grow: Grow;
  readonly more: string;
}

const PARTS: readonly Part[] = [
  { name: "keys", sizes: KEYS, grow: growKeys, more: "all objects" },
  { name: "versions of one key", sizes: VERSIONS, grow: growVersions, more: "rows" },
  { name: "watchers of the key written", sizes: WATCHERS, grow: growListeners, more: "memory" },
  { name: "watchers of other keys", sizes: WATCHERS, grow: growBystanders, more: "memory" },
  { name: "namespaces", sizes: NAMESPACES, grow: growNamespaces, more: "memory" },
  { name: "writes to one namespace", sizes: WRITES, grow: growWrites, more: "storage" },
];

main(async () => {
  const on = machine();
  const sections: string[] = ["Latencies are medians and p99 of one operation at a time, in ms."];
  const data: Record<string, unknown> = {};
  for (const { name, sizes, grow, more } of PARTS) {
    if (values.only !== undefined && !name.startsWith(values.only)) continue;
    // A server of its own for each, so that memory is this part's alone.
    const server = await instrumentedStart(false);
    const latency = new Collected();
    const others = new Collected();
    await grow(server, sizes, latency, others);
    await server.service.stop();
    progressEnd();
    sections.push(`**${name}**`, latency.text("ms, median / p99"), others.text(more));
    data[name] = { latency: latency.series, more: others.series };
  }
  report("growth", on, sections, data);
});
