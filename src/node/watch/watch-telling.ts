import { byteString, bytesCompare } from "../../api/bytes.ts";
import type { KeyValue, Revision, WatchEvent } from "../../api/key-value.ts";
import { watchFrameEvents } from "../../api/watch-frame.ts";
import type { StateMachine } from "../../state/machine.ts";
import type { WatchRequest } from "../coordinate/coordinator.ts";

/** Bytes of one frame, unless a single revision has more. */
const PAGE_BYTES_MAX = 512 * 1024;
/** Bytes of a revision's events, previous values included. JSON may need a little more; a message has 32 MiB at most. */
const REVISION_BYTES_MAX = 16 * 1024 * 1024;

/** What is told next: perhaps a frame, and the revision to go on from. */
export interface Told {
  readonly frame?: string;
  readonly next: Revision;
}
export type Telling = Told | "compacted" | "too-large";

/** The part of a watch that decides what its frames are. Equal selectors at equal revisions get equal frames. */
export function watchSelector({ key, end, prevKv, noPut, noDelete }: WatchRequest): string {
  const flags = `${prevKv === true ? "p" : ""}${noPut === true ? "u" : ""}${noDelete === true ? "d" : ""}`;
  return `${flags}:${byteString(key)}${end === undefined ? "" : `:${key.length}:${byteString(end)}`}`;
}

/** A watch, as far as it matters for what it is told. */
export interface Watching {
  readonly request: WatchRequest;
  readonly selector: string;
  /** The key as a byte string, when it is a single one. */
  readonly point: string | undefined;
  readonly next: Revision;
}

/** Frames of one turn, each made once for all the watches that want the same from the same revision on. */
export class Tellings {
  readonly #machine: StateMachine;
  readonly #eventsMax: number;
  readonly #made = new Map<string, Telling>();
  readonly #events: readonly WatchEvent[];
  readonly #silent: Told;
  readonly #byKey = new Map<string, WatchEvent[]>();
  /** The first revision that `events` tells of. */
  readonly first: Revision;

  /**
   * `eventsMax`: in one frame, unless a single revision has more. `events`: what was just applied, in order, up to the
   * machine's revision.
   */
  constructor(machine: StateMachine, eventsMax: number, events: readonly WatchEvent[] = []) {
    this.#machine = machine;
    this.#eventsMax = eventsMax;
    this.#silent = { next: machine.revision + 1 };
    const bytes = events.reduce((sum, event) => sum + eventBytes(event), 0);
    // What is many frames long is read from history a page at a time.
    this.#events = events.length <= eventsMax && bytes <= PAGE_BYTES_MAX ? events : [];
    this.first = this.#events[0]?.kv.modRevision ?? Number.POSITIVE_INFINITY;
    for (const event of this.#events) {
      const key = byteString(event.kv.key);
      const others = this.#byKey.get(key);
      if (others === undefined) this.#byKey.set(key, [event]);
      else others.push(event);
    }
  }

  /** For a watch that has been told everything below `next`, which is one of the revisions just applied. */
  live({ request, selector, point, next }: Watching): Telling {
    const events = point === undefined ? this.#events : this.#byKey.get(point);
    // Most watches want nothing of most entries, and there may be thousands of them.
    if (events === undefined || !events.some((event) => watchWants(request, event))) return this.#silent;
    return this.#once(selector, next, () => {
      const due = next <= this.first ? events : events.filter(({ kv }) => kv.modRevision >= next);
      return this.#pack(request, due, this.#machine.revision + 1);
    });
  }

  /** For a watch that is behind: from history, at most a page. */
  page({ request, selector, next }: Watching): Telling {
    return this.#once(selector, next, () => {
      const { key, end } = request;
      const { revision } = this.#machine;
      const filter = { key, ...(end === undefined ? {} : { end }) };
      const page = this.#machine.events(next, revision, this.#eventsMax, PAGE_BYTES_MAX, filter);
      return "kind" in page ? "compacted" : this.#pack(request, page.events, page.next);
    });
  }

  #once(selector: string, next: Revision, make: () => Telling): Telling {
    const name = `${selector}@${next}`;
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made;
  }

  /** As many whole revisions as one frame takes; `end` is what follows the last of them. */
  #pack(request: WatchRequest, events: readonly WatchEvent[], end: Revision): Telling {
    const packed: WatchEvent[] = [];
    let bytes = 0;
    let whole = 0;
    let wholeBytes = 0;
    for (const event of events) {
      if (!watchWants(request, event)) continue;
      const revision = event.kv.modRevision;
      if (packed.at(-1)?.kv.modRevision !== revision) [whole, wholeBytes] = [packed.length, bytes];
      const told = request.prevKv === true ? this.#withPrevious(event) : event;
      bytes += eventBytes(told);
      if (whole > 0 && bytes > PAGE_BYTES_MAX) return framed(packed.slice(0, whole), revision);
      if (bytes - wholeBytes > REVISION_BYTES_MAX) return "too-large";
      packed.push(told);
    }
    return framed(packed, end);
  }

  /** As in etcd: the key at the revision before, if that is not compacted. */
  #withPrevious(event: WatchEvent): WatchEvent {
    const { key, modRevision } = event.kv;
    const before = this.#machine.query({ kind: "range", key, revision: modRevision - 1, uncounted: true });
    const prev: KeyValue | undefined = before.kind === "range" ? before.kvs[0] : undefined;
    return prev === undefined ? event : { ...event, prev };
  }
}

function framed(events: readonly WatchEvent[], next: Revision): Told {
  return events.length === 0 ? { next } : { frame: watchFrameEvents(events, next - 1), next };
}

function eventBytes({ kv, prev }: WatchEvent): number {
  return kv.key.length + kv.value.length + (prev === undefined ? 0 : prev.key.length + prev.value.length);
}

/** Whether the watch asked for this event. */
export function watchWants({ key, end, noPut, noDelete }: WatchRequest, event: WatchEvent): boolean {
  if (event.kind === "put" ? noPut === true : noDelete === true) return false;
  const order = bytesCompare(event.kv.key, key);
  if (end === undefined) return order === 0;
  const unbounded = end.length === 1 && end[0] === 0;
  return order >= 0 && (unbounded || bytesCompare(event.kv.key, end) < 0);
}
