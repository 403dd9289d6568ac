import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Spread, spread } from "./numbers.ts";
import { folderFresh } from "./server.ts";

const SYNCS = 200;
const BLOCK_BYTES = 4_096;

/** What appending a block and syncing it takes here, in milliseconds: nothing durable is faster. */
export function diskSyncMs(): Spread {
  const file = openSync(join(folderFresh("disk"), "file"), "w");
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const times = Array.from({ length: SYNCS }, () => {
    const startedAt = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  return spread(times);
}
