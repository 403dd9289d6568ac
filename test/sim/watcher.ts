import type { WatchRequest } from "../../src/actors/outcome.ts";
import type { WatchSocket, WatchState } from "../../src/actors/watch-hub.ts";
import type { Region } from "../../src/network/region.ts";
import { byDistance } from "../../src/network/round-trip.ts";
import { utf8Encode } from "../../src/wire/bytes.ts";
import { type WatchFrame, watchFrameParse } from "../../src/wire/watch-frame.ts";
import type { Watch, WatchConnection } from "../checker/history.ts";
import type { ModelEvent } from "./kv-model.ts";
import type { LearnerMachine } from "./learner-machine.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";
import type { Place } from "./scheduler.ts";
import { demand } from "./violation.ts";
import type { World } from "./world.ts";

const CONNECT_PATIENCE_MS = 3_000;
const RECONNECT_MS = 300;
/** What keys of registers begin with. */
const REGISTERS = "k";
const FIRST_KEY = new Uint8Array([0]);
const FRAME_MS = 0.001;

/** One WebSocket between a watcher and a learner. Frames arrive in order or not at all. */
export class Connection {
  readonly watcher: Watcher;
  readonly learner: LearnerMachine;
  open = true;
  #state: WatchState | undefined;
  #lastArrival = 0;

  constructor(watcher: Watcher, learner: LearnerMachine) {
    this.watcher = watcher;
    this.learner = learner;
  }

  /** The learner's end, as one life of it holds it. The state is the socket's attachment. */
  socket(life: Life): WatchSocket {
    return {
      load: () => {
        if (this.#state === undefined) throw new Error("a watch was not opened");
        return this.#state;
      },
      save: (state) => {
        this.#state = state;
      },
      send: (frame) => life.emit(() => this.#deliver(frame)),
      close: () => life.emit(() => this.broke()),
    };
  }

  /** Both ends find out, each in its own time. */
  broke(): void {
    if (!this.open) return;
    this.open = false;
    const { scheduler } = this.watcher.world;
    scheduler.after(this.watcher.random.exponential(800), this.watcher, () => this.watcher.lost(this));
    scheduler.after(this.watcher.random.exponential(800), this.learner, () => this.learner.disconnected(this));
  }

  #deliver(frame: string): void {
    if (!this.open) return;
    const { scheduler, links } = this.watcher.world;
    if (!links.connects(this.learner.region, this.watcher.region)) return this.broke();
    const arrival = scheduler.now + links.delay(this.learner.region, this.watcher.region);
    // A stream: a later frame never overtakes.
    this.#lastArrival = Math.max(this.#lastArrival + FRAME_MS, arrival);
    scheduler.at(this.#lastArrival, this.watcher, () => {
      if (this.open) this.watcher.received(this, frame);
    });
  }
}

/** A client that watches, and comes back with `from` = last + 1 whenever its connection breaks. */
export class Watcher implements Place {
  readonly world: World;
  readonly random: Random;
  readonly name: string;
  readonly region: Region;
  readonly #request: WatchRequest;
  readonly #prefix: string;
  readonly #connections: {
    from: number;
    events: { at: number; key: string; revision: number; value: string | null }[];
  }[] = [];
  #connection: Connection | undefined;
  /** The first revision not yet told of; undefined before the first connection says. */
  #from: number | undefined;
  #start = 0;
  #cursor = 0;
  #confirmed = false;

  constructor(world: World, name: string, region: Region, prefix: string, from: number | undefined) {
    this.world = world;
    this.name = name;
    this.random = world.random.fork();
    this.region = region;
    this.#prefix = prefix;
    this.#from = from;
    // No key is empty: everything begins at the zero byte, and an end of one zero byte is no end.
    const key = prefix === "" ? FIRST_KEY : utf8Encode(prefix);
    const end = prefix === "" ? FIRST_KEY : utf8Encode(`${prefix}\u{10ffff}`);
    this.#request = { key, end };
    this.#start = from ?? 0;
  }

  admit(): "run" {
    return "run";
  }

  rest(): void {}

  connect(): void {
    const { links, tally, scheduler, trace } = this.world;
    const learners = byDistance(this.region, this.world.configuration.members)
      .map((region) => this.world.learner(region))
      .filter(({ region }) => links.connects(this.region, region) && links.connects(region, this.region));
    const nearest = this.random.chance(0.8) ? learners[0] : learners[this.random.below(learners.length)];
    if (nearest === undefined) {
      scheduler.after(RECONNECT_MS, this, () => this.connect());
      return;
    }
    const before = this.#connection;
    if (before !== undefined)
      tally.add(before.learner === nearest ? "watch reconnected" : "watch moved to another region");
    const connection = new Connection(this, nearest);
    const request = { ...this.#request, from: this.#from };
    this.#connection = connection;
    this.#confirmed = false;
    trace.note(scheduler.now, "watch", this.name, nearest.name, { from: this.#from });
    scheduler.after(links.delay(this.region, nearest.region), nearest, () => {
      if (connection.open && links.connects(this.region, nearest.region)) nearest.connect(connection, request);
    });
    scheduler.after(CONNECT_PATIENCE_MS, this, () => {
      if (this.#connection === connection && !this.#confirmed) connection.broke();
    });
  }

  received(connection: Connection, text: string): void {
    if (connection !== this.#connection) return;
    const frame = watchFrameParse(text);
    demand(frame !== undefined, () => `21: ${this.name} received what is no frame: ${text}`);
    this.world.trace.note(this.world.scheduler.now, frame.type, connection.learner.name, this.name, frame);
    if (frame.type === "created") this.#created(frame);
    else if (frame.type === "events") for (const event of frame.events) this.#event(event);
    else if (frame.type === "cancelled") demand(false, () => `21: ${this.name} was cancelled, ${text}`);
    if (frame.type !== "created") {
      this.#caughtUpTo(frame.revision);
      this.#from = frame.revision + 1;
    }
  }

  lost(connection: Connection): void {
    if (connection !== this.#connection) return;
    this.world.scheduler.after(this.random.exponential(RECONNECT_MS), this, () => this.connect());
  }

  /** Everything that it has to hear of was told. */
  get isComplete(): boolean {
    const { events } = this.world.model;
    for (let index = this.#cursor; index < events.length; index++) if (this.#wants(events[index])) return false;
    return this.#confirmed;
  }

  /** As the checker takes it: of registers only, since a write to a counter is no put to it. */
  history(): Watch {
    const connections: readonly WatchConnection[] = this.#connections.map(({ from, events }) => ({
      from,
      events: events.filter(({ key }) => key.startsWith(REGISTERS)),
    }));
    const target = { kind: "prefix", prefix: this.#prefix === "" ? REGISTERS : this.#prefix } as const;
    return { id: this.name, target, connections, through: (this.#from ?? 1) - 1 };
  }

  #created({ from }: WatchFrame & { type: "created" }): void {
    const asked = this.#from;
    demand(asked === undefined || asked === from, () => `21: ${this.name} asked from ${asked} and got ${from}`);
    if (asked === undefined) this.#start = from;
    this.#from = from;
    this.#confirmed = true;
    this.#connections.push({ from, events: [] });
  }

  #event(event: (WatchFrame & { type: "events" })["events"][number]): void {
    const { model, scheduler, told } = this.world;
    const value = event.type === "put" ? event.value : undefined;
    const revision = event.mod_revision;
    demand(revision <= model.revision, () => `21: ${this.name} was told of undecided revision ${revision}`);
    while (this.#cursor < model.events.length && !this.#wants(model.events[this.#cursor])) this.#cursor++;
    const expected = model.events[this.#cursor++];
    const same = expected?.revision === revision && expected.key === event.key && expected.value === value;
    demand(same, () => `21: ${this.name} was told ${JSON.stringify(event)}, due was ${JSON.stringify(expected)}`);
    told.revision = Math.max(told.revision, revision);
    this.#connections.at(-1)?.events.push({ at: scheduler.now, key: event.key, revision, value: value ?? null });
  }

  /** A frame says that everything up to `revision` was told. */
  #caughtUpTo(revision: number): void {
    const { model } = this.world;
    demand(revision <= model.revision, () => `21: ${this.name} was told of undecided revision ${revision}`);
    while (this.#cursor < model.events.length && !this.#wants(model.events[this.#cursor])) this.#cursor++;
    const missed = model.events[this.#cursor];
    demand(
      missed === undefined || missed.revision > revision,
      () => `21: ${this.name} missed ${JSON.stringify(missed)}`,
    );
  }

  #wants(event: ModelEvent | undefined): boolean {
    return event !== undefined && event.revision >= this.#start && event.key.startsWith(this.#prefix);
  }
}
