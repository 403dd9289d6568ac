import { registerHooks } from "node:module";

/* The limits of watches, which no parameter carries yet, made small with the others. */
const SMALL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "/src/node/watch/watch-hub.ts": { PAGE_EVENTS_MAX: 2 },
  "/src/api/limits.ts": { WATCH_UNCONFIRMED_CHARS_MAX: 250, WATCH_STALL_MS_MAX: 8_000 },
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
