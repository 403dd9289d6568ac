import { registerHooks } from "node:module";

/*
 * Limits that a run of fifty operations would never come near, made so small that it does: acceptors drop their logs,
 * learners forget, pages have one entry. `npm run sim -- --small`. The program is the same; only the numbers differ.
 */
const SMALL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "/src/node/limits.ts": {
    logRetainedSlots: 1,
    logDropSlots: 2,
    logDropSlotsMax: 5,
    recentEntriesMax: 5,
    pendingEntriesMax: 6,
    messageEntriesMax: 2,
    inlineBytesMax: 60,
    batchCommandsMax: 2,
    pipelineMax: 2,
  },
  "/src/core/log.ts": { WINDOW_SLOTS: 4 },
  "/src/node/watch/watch-hub.ts": { PAGE_EVENTS_MAX: 2 },
  "/src/api/limits.ts": { WATCH_UNCONFIRMED_CHARS_MAX: 250, WATCH_STALL_MS_MAX: 8_000 },
  "/src/state/limits.ts": { SNAPSHOT_PAGE_BYTES_MAX: 200, COMPACT_STEP_ROWS_MAX: 2 },
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const small = Object.entries(SMALL).find(([path]) => url.endsWith(path))?.[1];
    if (small === undefined || loaded.source === undefined || loaded.source === null) return loaded;
    let source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    for (const [name, value] of Object.entries(small)) {
      source = source.replace(new RegExp(`(const ${name}\\b[^=]*= )[^;]+;`), `$1${value};`);
      source = source.replace(new RegExp(`(\\b${name}: )[^;,]+,`), `$1${value},`);
    }
    return { ...loaded, source };
  },
});
