import { type WatchFrame, watchFrameParse } from "../../src/api/watch-frame.ts";
import type { Watch } from "../../src/checker/history.ts";
import type { Region } from "../../src/network/region.ts";
import { byDistance } from "../../src/network/round-trip.ts";
import { CLOSE_COMPACTED, CLOSE_RESTART, CLOSE_TOO_SLOW } from "../../src/node/watch/watch-close.ts";
import type { Random } from "../random.ts";
import { Connection, type WatchClient } from "./connection.ts";
import type { Environment } from "./environment.ts";
import type { LearnerMachine } from "./learner-machine.ts";
import { demand } from "./violation.ts";
import { type ToldEvent, WatchDue } from "./watch-due.ts";
import type { WatchHabit } from "./watch-habit.ts";
import { WatchRecord } from "./watch-record.ts";
import type { World } from "./world.ts";

const CONNECT_PATIENCE_MS = 3_000;
const RECONNECT_MS = 300;
/** How late is late, on average. */
const LATE_MS = 4_000;
/** How far back a watch begins that begins again, in revisions, and how far ahead. */
const BACK_REVISIONS = 30;
const AHEAD_REVISIONS = 3;

type EventsFrame = WatchFrame & { type: "events" };

/** A client that watches, and comes back with `from` = last + 1 whenever its connection breaks. */
export class Watcher implements WatchClient {
  readonly world: World;
  readonly environment: Environment;
  readonly random: Random;
  readonly name: string;
  readonly region: Region;
  readonly #habit: WatchHabit;
  readonly #record: WatchRecord;
  #connection: Connection | undefined;
  /** The first revision not yet told of; undefined before the first connection says. */
  #from: number | undefined;
  #due: WatchDue | undefined;
  #confirmed = false;
  /** Where to begin once the connection is gone. */
  #restart: number | undefined;
  /** The learner said that it was cancelled, and will close. */
  #isCancelled = false;
  /** Of a revision that comes in several frames. */
  #parts: readonly ToldEvent[] = [];

  constructor(world: World, name: string, region: Region, habit: WatchHabit) {
    this.world = world;
    this.environment = world.environment;
    this.name = name;
    this.random = world.environment.random.fork();
    this.region = region;
    this.#habit = habit;
    this.#record = new WatchRecord(name, habit.judgedPrefix);
    if (habit.from !== undefined) this.#begin(habit.from);
  }

  admit(): "run" {
    return "run";
  }

  rest(): void {}

  start(): void {
    this.connect();
    this.#restartLater();
  }

  connect(): void {
    const { links, tally, scheduler, trace } = this.environment;
    const learner = this.#choose();
    if (learner === undefined) {
      scheduler.after(RECONNECT_MS, this, () => this.connect());
      return;
    }
    const before = this.#connection;
    if (before !== undefined)
      tally.add(before.server === learner ? "watch reconnected" : "watch moved to another region");
    const connection = new Connection(this, learner);
    const request = { ...this.#habit.request, from: this.#from };
    this.#connection = connection;
    this.#confirmed = false;
    this.#isCancelled = false;
    this.#parts = [];
    trace.note(scheduler.now, "watch", this.name, learner.name, { from: this.#from });
    scheduler.after(links.delay(this.region, learner.region), learner, () => {
      if (connection.open && links.connects(this.region, learner.region)) learner.connect(connection, request);
    });
    scheduler.after(CONNECT_PATIENCE_MS, this, () => {
      if (this.#connection === connection && !this.#confirmed) connection.broke();
    });
  }

  received(connection: Connection, text: string): void {
    if (connection !== this.#connection) return;
    const frame = watchFrameParse(text);
    demand(frame !== undefined, () => `21: ${this.name} received what is no frame: ${text}`);
    const { trace, scheduler } = this.environment;
    trace.note(scheduler.now, frame.type, connection.server.name, this.name, frame);
    if (frame.ack !== undefined) {
      const isPart = frame.type === "events" && frame.more === true;
      this.#confirm(connection, frame.ack, isPart);
    }
    switch (frame.type) {
      case "created":
        return this.#created(frame);
      case "events":
        return this.#toldPart(frame);
      case "progress":
      case "stale":
        return this.#covered(frame.revision, 0);
      case "reset":
        return demand(false, () => `21: ${this.name} was reset, and did not ask for it`);
      case "cancelled":
        return this.#cancelled(frame);
    }
  }

  lost(connection: Connection): void {
    if (connection !== this.#connection) return;
    if (this.#restart !== undefined) this.#begin(this.#restart);
    this.#restart = undefined;
    this.environment.scheduler.after(this.random.exponential(RECONNECT_MS), this, () => this.connect());
  }

  /** The learner ended it, and says why. */
  closed(connection: Connection, code: number): void {
    if (connection !== this.#connection) return;
    const { trace, scheduler, tally } = this.environment;
    trace.note(scheduler.now, `closed ${code}`, connection.server.name, this.name);
    const isCut = code === CLOSE_TOO_SLOW || code === CLOSE_RESTART;
    const isDue = code === CLOSE_COMPACTED ? this.#isCancelled : isCut && !this.#isCancelled;
    demand(isDue, () => `21: ${this.name} was closed with ${code}`);
    if (code === CLOSE_TOO_SLOW) tally.add("slow watcher dropped");
    this.lost(connection);
  }

  /** Everything that it has to hear of was told. */
  get isComplete(): boolean {
    return this.#confirmed && this.#due?.isComplete === true;
  }

  history(): readonly Watch[] {
    return this.#record.watches((this.#from ?? 1) - 1);
  }

  /** Watches from `from` on, whatever was told before. */
  #begin(from: number): void {
    this.#record.end((this.#from ?? from) - 1);
    this.#from = from;
    this.#due = new WatchDue(this.name, this.world.model, this.#habit.request, from);
  }

  /** The nearest mostly, else any, or the one that is farthest behind. */
  #choose(): LearnerMachine | undefined {
    const { configuration } = this.world;
    const { links } = this.environment;
    const learners = byDistance(this.region, configuration.members)
      .map((region) => this.world.learner(region))
      .filter(({ region }) => links.connects(this.region, region) && links.connects(region, this.region));
    const dice = this.random.next();
    if (dice < 0.7) return learners[0];
    if (dice < 0.85) return learners[this.random.below(learners.length)];
    return learners.toSorted((left, right) => left.appliedUpTo - right.appliedUpTo)[0];
  }

  #created({ from, revision }: WatchFrame & { type: "created" }): void {
    const { model } = this.world;
    const { tally } = this.environment;
    const asked = this.#from;
    demand(asked === undefined || asked === from, () => `21: ${this.name} asked from ${asked} and got ${from}`);
    const compact = model.compactAt(revision);
    demand(from >= compact, () => `21: ${this.name} may watch from ${from} where ${compact} is compacted`);
    if (asked === undefined) this.#begin(from);
    if (from > revision + 1) tally.add("watch at a lagging learner");
    this.#confirmed = true;
    this.#record.connected(from);
  }

  /** A revision counts once its last frame came. */
  #toldPart(frame: EventsFrame): void {
    const events = [...this.#parts, ...frame.events];
    this.#parts = frame.more === true ? events : [];
    const isOne = frame.events.every((event) => event.mod_revision === frame.revision);
    demand(frame.more !== true || isOne, () => `21: ${this.name} was told of several revisions in part`);
    if (frame.more === true) this.environment.tally.add("watch told of a revision in parts");
    else this.#told({ ...frame, events });
  }

  #told(frame: EventsFrame): void {
    const { told } = this.world;
    const { scheduler, tally } = this.environment;
    let last = 0;
    for (const event of frame.events) {
      this.#due?.event(event);
      const revision = event.mod_revision;
      if (revision === last) tally.add("watch told of several keys at once");
      if (event.prev !== undefined) tally.add("watch told of a key as it was");
      last = revision;
      told.revision = Math.max(told.revision, revision);
      const value = event.type === "put" ? event.value : null;
      this.#record.event({ at: scheduler.now, key: event.key, revision, value });
    }
    this.#covered(frame.revision, last);
  }

  #covered(revision: number, last: number): void {
    this.#due?.caughtUpTo(revision, last);
    this.#from = Math.max(this.#from ?? 1, revision + 1);
  }

  /** Only what is compacted ends a watch that nobody cancelled. It begins again where history does, with a gap. */
  #cancelled(frame: WatchFrame & { type: "cancelled" }): void {
    const { model } = this.world;
    const { tally } = this.environment;
    const { code, revision, compact_revision: compact = 0 } = frame;
    const isCompacted = this.#from !== undefined && this.#from < compact && model.mayBeCompacted(revision, compact);
    demand(
      code === "compacted" && isCompacted,
      () => `21: ${this.name}, told up to ${this.#from}, was cancelled: ${JSON.stringify(frame)}`,
    );
    tally.add("watch cancelled as compacted");
    if (this.#confirmed) tally.add("standing watch overtaken by compaction");
    this.#isCancelled = true;
    this.#confirmed = false;
    this.#begin(compact);
  }

  /**
   * Says back what the frame asks for, at once, late or never. A part of a revision is always acknowledged: a watch is
   * continued after whole revisions, so that a watcher that owes more than it may leave open would never get further.
   */
  #confirm(connection: Connection, token: string, isPart: boolean): void {
    const { ackPolicy } = this.#habit;
    if (ackPolicy === "never" && !isPart) return;
    if (ackPolicy !== "late") return connection.confirm(token);
    this.environment.scheduler.after(this.random.exponential(LATE_MS), this, () => connection.confirm(token));
  }

  #restartLater(): void {
    const { restartMs } = this.#habit;
    if (restartMs === undefined) return;
    this.environment.scheduler.after(this.random.exponential(restartMs), this, () => {
      if (!this.environment.faults.isActive) return;
      const { told } = this.world;
      const from = told.revision - this.random.below(BACK_REVISIONS) + AHEAD_REVISIONS;
      if (this.#connection?.open === true) {
        this.#restart = Math.max(1, from);
        this.#connection.broke();
      }
      this.#restartLater();
    });
  }
}
