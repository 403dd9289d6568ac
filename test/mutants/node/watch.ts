import type { Mutant } from "../mutant.ts";

/** What watchers are told. */
export const WATCH_MUTANTS: readonly Mutant[] = [
  {
    name: "a watch repeats after an eviction",
    rule: "21: no repeat",
    edits: [
      {
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
        find: "        audience.resume();\n",
        replace: "",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watch from what is compacted begins where history does",
    rule: "21: no gap that is not told of",
    edits: [
      {
        find: 'if (watch.next < compactRevision) return this.#cancel(session, watch, "compacted");',
        replace: "watch.next = Math.max(watch.next, compactRevision);",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a watch that was overtaken by compaction goes on from now",
    rule: "21: no gap that is not told of",
    edits: [
      {
        find: 'return "kind" in page ? "compacted" : this',
        replace: 'return "kind" in page ? { next: revision + 1 } : this',
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watch from the compacted revision itself is cancelled",
    rule: "21: cancelled only for what is compacted",
    edits: [
      {
        find: "if (watch.next < compactRevision)",
        replace: "if (watch.next <= compactRevision)",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "watchers are told of another compacted revision",
    rule: "21: cancelled with the compacted revision",
    edits: [
      {
        find: 'const compacted = code === "compacted" ? compactRevision : undefined;',
        replace: 'const compacted = code === "compacted" ? compactRevision + 1 : undefined;',
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "the key before is the key after",
    rule: "21: previous values are those of the revision before",
    edits: [
      {
        find: "revision: modRevision - 1,",
        replace: "revision: modRevision,",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "watchers that want no deletes are told of them",
    rule: "21: only what was asked for",
    edits: [
      {
        find: "noPut === true : noDelete === true",
        replace: "noPut === true : noDelete === true && noPut === true",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "the events of one revision are split over two frames",
    rule: "21: whole revisions",
    edits: [
      {
        find: "  return events.length === 0 ? { next } : {",
        replace:
          "  if (events.length > 1) return { frame: watchFrameEvents(events.slice(0, 1), next - 1), next };\n  return events.length === 0 ? { next } : {",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a watcher that takes nothing is sent everything",
    rule: "a limit on everything: what is unconfirmed",
    edits: [
      {
        find: "return this.#chars >= WATCH_UNCONFIRMED_CHARS_MAX;",
        replace: "return false && this.#chars >= WATCH_UNCONFIRMED_CHARS_MAX;",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watcher that takes nothing is never dropped",
    rule: "21: every watcher reaches the end",
    edits: [
      {
        find: "        this.#drop(session);\n",
        replace: "",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watcher that owes a moment is dropped",
    rule: "only who takes nothing for too long is too slow",
    edits: [
      {
        find: "(session.stalledAt ?? now) >= WATCH_STALL_MS_MAX)",
        replace: "(session.stalledAt ?? now) >= WATCH_STALL_MS_MAX / 4)",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a frame that was sent counts for ever",
    rule: "only who takes nothing for too long is too slow",
    edits: [
      {
        find: "        session.acknowledged(control.frames);\n",
        replace: "",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a slow watcher gets the code of another end",
    rule: "dropped with the code that says so",
    edits: [
      {
        find: '({ socket }) => socket.close(CLOSE_TOO_SLOW, "too-slow"),',
        replace: '({ socket }) => socket.close(CLOSE_COMPACTED, "too-slow"),',
      },
    ],
    layers: ["small simulation"],
  },
];
