import type { Mutant } from "./mutant.ts";

/** What watchers are told. */
export const WATCH_MUTANTS: readonly Mutant[] = [
  {
    name: "a watch repeats after an eviction",
    rule: "21: no repeat",
    edits: [
      {
        file: "actors/watch-hub.ts",
        find: "        isChanged ||= watch.saved < Math.min(staleBelow, watch.next);\n      }\n      if (isChanged) session.save();",
        replace: "        isChanged ||= watch.saved < Math.min(staleBelow, watch.next);\n      }",
      },
    ],
    fast: true,
  },
  {
    name: "a watch that was behind repeats after an eviction",
    rule: "21: no repeat",
    edits: [
      {
        file: "actors/watch-hub.ts",
        find: "SAVED_LAG_MAX;\n    }\n    if (isChanged) session.save();",
        replace: "SAVED_LAG_MAX;\n    }",
      },
    ],
    layers: ["simulation", "small simulation"],
  },
  {
    name: "a watch skips on an eviction what it was not yet told",
    rule: "21: no gap",
    edits: [
      {
        file: "actors/watch-session.ts",
        find: "const { id, request, next } = watch;",
        replace: "const { id, request } = watch;\n      const next = watch.next + 1;",
      },
    ],
  },
  {
    name: "a watch that is behind is told only what is new",
    rule: "21: no gap",
    edits: [
      {
        file: "actors/watch-hub.ts",
        find: 'watch.next < tellings.first ? "later" : tellings.live(watch)',
        replace: "tellings.live(watch)",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watch begins now, not where it was left",
    rule: "21: across reconnects",
    edits: [
      {
        file: "actors/watch-hub.ts",
        find: "next: request.from ?? revision + 1",
        replace: "next: revision + 1",
      },
    ],
  },
  {
    name: "watchers are not told of what a snapshot brought",
    rule: "21: every watcher reaches the end",
    edits: [
      {
        file: "actors/learner.ts",
        find: "    this.#audience.resume();\n",
        replace: "",
      },
    ],
    layers: ["small simulation"],
  },
];
