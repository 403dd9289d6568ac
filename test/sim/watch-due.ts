import type { WatchFrame } from "../../src/api/watch-frame.ts";
import type { WatchRequest } from "../../src/node/coordinate/coordinator.ts";
import type { KvModel } from "./kv-model.ts";
import { type ModelEvent, spanHas, type Version } from "./model-store.ts";
import { demand } from "./violation.ts";

export type ToldEvent = (WatchFrame & { type: "events" })["events"][number];

/**
 * What a watch is due, from its first revision on, and how far it was told (21): each event of the decided log that it
 * asked for, once and in order, whole revisions in one frame, with the key as it was before when it asked for that.
 */
export class WatchDue {
  readonly #name: string;
  readonly #model: KvModel;
  readonly #request: WatchRequest;
  readonly #start: number;
  #cursor = 0;
  /** The last revision that the frames so far covered. */
  #covered: number;

  constructor(name: string, model: KvModel, request: WatchRequest, start: number) {
    this.#name = name;
    this.#model = model;
    this.#request = request;
    this.#start = start;
    this.#covered = start - 1;
  }

  /** Everything that it has to hear of was told. */
  get isComplete(): boolean {
    return this.#next() === undefined;
  }

  event(told: ToldEvent): void {
    const { mod_revision: revision } = told;
    this.#decided(revision);
    demand(
      revision > this.#covered,
      () => `21: ${this.#name} was told again of revision ${revision}, or in two frames`,
    );
    const expected = this.#next();
    this.#cursor++;
    const same = expected?.key === told.key && expected.revision === revision && isSame(told, expected);
    demand(same, () => `21: ${this.#name} was told ${JSON.stringify(told)}, due was ${JSON.stringify(expected)}`);
    this.#previous(told);
  }

  /** A frame says that everything up to `revision` was told. */
  caughtUpTo(revision: number, last: number): void {
    this.#decided(revision);
    demand(last <= revision, () => `21: ${this.#name} was told of ${last} in a frame up to ${revision}`);
    const missed = this.#next();
    demand(
      missed === undefined || missed.revision > revision,
      () => `21: ${this.#name} missed ${JSON.stringify(missed)}`,
    );
    this.#covered = Math.max(this.#covered, revision);
  }

  #decided(revision: number): void {
    demand(revision <= this.#model.revision, () => `21: ${this.#name} was told of undecided revision ${revision}`);
  }

  /** The key at the revision before, which only compaction may have taken away. */
  #previous({ key, mod_revision: revision, prev }: ToldEvent): void {
    const due = this.#model.versionAt(key, revision - 1);
    const text = () => `21: ${this.#name} was told of ${key} at ${revision} with ${JSON.stringify(prev)} before`;
    if (prev === undefined) {
      const isMissed = this.#request.prevKv === true && due !== undefined && revision - 1 >= this.#model.compact;
      return demand(!isMissed, text);
    }
    const same = this.#request.prevKv === true && due !== undefined && isSame({ type: "put", ...prev }, due);
    demand(same && due.revision === prev.mod_revision, () => `${text()}, due was ${JSON.stringify(due)}`);
  }

  #next(): ModelEvent | undefined {
    const { events } = this.#model;
    while (this.#cursor < events.length && !this.#wants(events[this.#cursor])) this.#cursor++;
    return events[this.#cursor];
  }

  #wants(event: ModelEvent | undefined): boolean {
    if (event === undefined || event.revision < this.#start) return false;
    const { noPut, noDelete } = this.#request;
    if (event.value === undefined ? noDelete === true : noPut === true) return false;
    return spanHas(this.#request, event.key);
  }
}

/** A put is told with all that the store knows of the key; of a delete there is nothing to tell. */
function isSame(told: ToldEvent, due: Version): boolean {
  if (told.type === "delete") return due.value === undefined;
  const { value, version, create_revision, lease = "0" } = told;
  return due.value === value && due.version === version && due.created === create_revision && due.lease === lease;
}
