import type { Mutant } from "../mutant.ts";

/** What watchers are told. */
export const WATCH_MUTANTS: readonly Mutant[] = [
  {
    name: "a watch repeats after an eviction",
    rule: "21: no repeat",
    edits: [
      {
        find: "        isChanged ||= watch.saved < Math.min(staleBelow, watch.cursor.next);\n      }\n      if (isChanged) session.save();",
        replace: "        isChanged ||= watch.saved < Math.min(staleBelow, watch.cursor.next);\n      }",
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
        find: "const { next, position } = cursor;",
        replace: "const { position } = cursor;\n      const next = cursor.next + 1;",
      },
    ],
  },
  {
    name: "a watch that is behind is told only what is new",
    rule: "21: no gap",
    edits: [
      {
        find: "const isBehind = next < applied.first || position",
        replace: "const isBehind = position",
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
        find: 'if (isGone && request.resync !== true) return this.#cancel(session, watch, "compacted");',
        replace: "if (isGone) watch.cursor = { next: compactRevision };",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a watch that was overtaken by compaction goes on from now",
    rule: "21: no gap that is not told of",
    edits: [
      {
        find: ': { kind: "compacted" };',
        replace: ': { kind: "page", cursor: { next: this.#source().revision + 1 } };',
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watch from the compacted revision itself is cancelled",
    rule: "21: cancelled only for what is compacted",
    edits: [
      {
        find: "watch.cursor.next < compactRevision;",
        replace: "watch.cursor.next <= compactRevision;",
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
    name: "a part of a revision looks like all of it",
    rule: "21: whole revisions",
    edits: [
      {
        find: "watchFrameEvents(keys, last, isPart, releases)",
        replace: "watchFrameEvents(keys, last, false, releases)",
      },
    ],
    layers: ["simulation"],
  },
  {
    name: "a watcher that takes nothing is sent everything",
    rule: "a limit on everything: what is unconfirmed",
    edits: [
      {
        find: "return this.#marks.length === 0 ? free > 0 : this.#bytes < Math.min(this.#bytesMax, free);",
        replace: "return free > 0;",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watcher that takes nothing is never dropped",
    rule: "21: every watcher reaches the end",
    edits: [
      {
        find: "if (stalledAt !== undefined && now - stalledAt >= this.#limits.stallMs) this.#drop(session);",
        replace: "void stalledAt;",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a watcher that owes a moment is dropped",
    rule: "only who takes nothing for too long is too slow",
    edits: [
      {
        find: "now - stalledAt >= this.#limits.stallMs",
        replace: "now - stalledAt >= this.#limits.stallMs / 4",
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a frame that was sent counts for ever",
    rule: "only who takes nothing for too long is too slow",
    edits: [
      {
        find: "        session.acknowledged(control.token);\n",
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
        find: 'drop: (session) => this.#close(session, CLOSE_TOO_SLOW, "too-slow"),',
        replace: 'drop: (session) => this.#close(session, CLOSE_COMPACTED, "too-slow"),',
      },
    ],
    layers: ["small simulation"],
  },
  {
    name: "a token that was never sent acknowledges everything",
    rule: "an acknowledgement proves reading",
    edits: [
      {
        find: "const last = this.#marks.findIndex((mark) => mark.token === token);",
        replace: "const last = this.#marks.length - 1;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "each watcher may hold a window, however many there are",
    rule: "one budget for all watchers",
    edits: [
      {
        find: "this.#bytes < Math.min(this.#bytesMax, free);",
        replace: "this.#bytes < this.#bytesMax;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a watcher that owes nothing gets a frame although nothing is free",
    rule: "one budget for all watchers",
    edits: [
      {
        find: "this.#marks.length === 0 ? free > 0 :",
        replace: "this.#marks.length === 0 ? true :",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "those who hold the whole budget keep it",
    rule: "who takes nothing leaves its share to others",
    edits: [
      {
        find: ") this.#relieve(now);",
        replace: ") void now;",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "what a watcher held that is gone stays held",
    rule: "one budget for all watchers",
    edits: [
      {
        find: "    session.window.close();\n",
        replace: "",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a watcher is never asked for an acknowledgement",
    rule: "a limit on everything: what is unacknowledged",
    edits: [
      {
        find: "Math.min(windowBytes, heldBytesMax / this.size) / 4",
        replace: "windowBytes + heldBytesMax",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a revision that was told in part begins anew after an eviction",
    rule: "21: no repeat",
    edits: [
      {
        find: "        ...(position === undefined ? {} : { position }),\n",
        replace: "",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "the last part of a revision is not sent when nothing is left in it",
    rule: "21: every watcher reaches the end",
    edits: [
      {
        find: "if (events.length === 0 && !isPartDone)",
        replace: "if (events.length === 0)",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "chosen entries that arrive make a learner fresh",
    rule: "fresh is the start of the last quorum read",
    edits: [
      {
        find: "    this.#freshness.applied(this.appliedUpTo);\n",
        replace: "    this.readQuorum(this.appliedUpTo, this.#host.now());\n",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "progress goes on without a quorum",
    rule: "no progress notice of a stale learner",
    edits: [
      {
        find: "if (this.#isStale) return frameOf(watchFrameStale(revision, lagMs));",
        replace: "if (this.#isStale) return frameOf(watchFrameProgress(revision, lagMs));",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "an idle learner is called stale before it could ask a quorum",
    rule: "stale is who tried and failed",
    edits: [
      {
        find: "this.#isBehind && this.#host.now() - this.#since > this.#limits.staleMs",
        replace: "this.#isBehind",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a listing is of whatever is there when each page is read",
    rule: "a listing is of one revision",
    edits: [
      {
        find: "listing: { revision: listing.revision, from: keyAfter(last.key) }",
        replace: "listing: { revision: source.revision, from: keyAfter(last.key) }",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a watch goes on after a listing from where the log ends",
    rule: "21: no gap",
    edits: [
      {
        find: ": { next: listing.revision + 1 },",
        replace: ": { next: source.revision + 1 },",
      },
    ],
    layers: ["tests"],
  },
  {
    name: "a listing that compaction overtakes ends the watch",
    rule: "a listing begins anew",
    edits: [
      {
        find: "return this.#told(page ?? resetPage(this.#source(), request, next));",
        replace: 'return page === undefined ? ({ kind: "compacted" } as const) : this.#told(page);',
      },
    ],
    layers: ["tests"],
  },
];
