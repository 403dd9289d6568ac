import { registerHooks } from "node:module";

/*
 * Limits that a run of fifty operations would never come near, made so small that it does: acceptors drop their logs,
 * learners forget, pages have one entry. `npm run sim -- --small`. The program is the same; only the numbers differ.
 */
const SMALL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "/src/node/limits.ts": {
    LOG_RETAINED_SLOTS: 1,
    LOG_DROP_SLOTS: 2,
    LOG_DROP_SLOTS_MAX: 5,
    RECENT_ENTRIES_MAX: 5,
    PENDING_ENTRIES_MAX: 6,
    MESSAGE_ENTRIES_MAX: 2,
    INLINE_BYTES_MAX: 60,
    BATCH_COMMANDS_MAX: 2,
    PIPELINE_MAX: 2,
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
    }
    return { ...loaded, source };
  },
});
