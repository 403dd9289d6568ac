import { Disk, SimulatedCrash } from "./disk.ts";
import type { Instance } from "./instance.ts";
import { Machine } from "./machine.ts";
import type { Scheduled } from "./scheduler.ts";

/** How long the platform waits before it repeats an alarm that failed. */
const ALARM_RETRY_MS = 2_000;
const SYNC_MS = 6;

/** What takes the place of a disk. */
export type Replacement = "blank" | "older copy";

export interface Actor<Call, Answer> {
  handle(call: Call): Promise<Answer>;
  alarm(): Promise<void>;
}

/**
 * A Durable Object: one turn per event; what it says is held back until what it wrote is durable; an eviction takes
 * its memory, a crash also what was not durable yet; its alarm comes at least once.
 */
export abstract class DurableMachine<Call, Answer> extends Machine {
  readonly disk = new Disk();
  protected actor: Actor<Call, Answer> | undefined;
  #held: (() => void)[] = [];
  #sync: Scheduled | undefined;
  #alarm: Scheduled | undefined;
  /** Asked for in a turn that is not durable yet. */
  #alarmWanted: number | undefined;
  #alarmRunning = false;
  /** An alarm ended, and what it wrote is not durable yet: until then it may have to come again. */
  #alarmUnproven = false;
  #alarmWaiting = false;
  #backup: Uint8Array | undefined;

  protected abstract actorFor(instance: Instance): Actor<Call, Answer>;

  /** After each turn, before anything of it is durable. */
  protected turned(): void {}

  /** What was written is durable, and what was said about it is about to leave. */
  protected durable(): void {}

  /** An instance is over. Only an eviction leaves the connections to it standing. */
  protected died(_evicted: boolean): void {}

  /** The disk is no longer the one that this machine wrote to. */
  protected diskReplaced(_by: Replacement): void {}

  /** A call arrives. `reply` is called at most once, after the gate. */
  receive(call: Call, reply: (answer: Answer) => void, broken: () => void): void {
    this.#mayCrashInTurn();
    const instance = this.wake();
    attempt(async () => this.handle(call)).then(
      (answer) => instance.emit(() => reply(answer)),
      (error: unknown) => {
        instance.failed(error);
        broken();
      },
    );
  }

  protected handle(call: Call): Promise<Answer> {
    if (this.actor === undefined) throw new SimulatedCrash("died while it was started");
    return this.actor.handle(call);
  }

  protected arm(ms: number): void {
    this.disk.touch();
    this.#alarmWanted = this.environment.scheduler.now + ms;
  }

  emit(send: () => void): void {
    if (this.disk.dirty) this.#held.push(send);
    else send();
  }

  override rest(): void {
    const { faults, tally, scheduler } = this.environment;
    this.disk.crashAfter = undefined;
    if (this.disk.crashed) {
      tally.add("crash in the middle of a turn");
      return this.#over("crashed in the middle of a turn");
    }
    if (this.instance !== undefined) this.turned();
    if (!this.disk.dirty || this.#sync !== undefined) return;
    if (faults.crashes(faults.crashLost)) {
      tally.add("crash before writes were durable");
      return this.#over("crashed, its writes lost");
    }
    if (faults.crashes(faults.crashKept)) {
      if (this.#held.length > 0) tally.add("crash between vote and reply");
      this.#commit([]);
      return this.#over("crashed, its writes durable, its replies lost");
    }
    if (faults.random.chance(0.7)) return this.#commit(this.#held);
    // Of the machine, not of its instance: the disk goes on when the program is evicted.
    this.#sync = scheduler.after(faults.random.exponential(SYNC_MS), this, () => this.#commit(this.#held));
  }

  crash(why: string): void {
    this.#over(why);
  }

  /** Takes the memory; the storage stays, and sockets hibernate. */
  evict(): void {
    if (this.instance === undefined) return;
    this.#commit(this.#held);
    this.#over("evicted", true);
  }

  /** The disk is lost, and a blank one takes its place; with it goes the alarm. */
  loseDisk(): void {
    this.#over("lost its disk");
    this.#cancelAlarm();
    this.disk.replace();
    this.diskReplaced("blank");
  }

  /** Keeps a copy of the disk, as a backup does, unless a write is under way. */
  backUp(): void {
    this.#backup = this.disk.image() ?? this.#backup;
  }

  get hasBackup(): boolean {
    return this.#backup !== undefined;
  }

  /** The last copy takes the place of the disk. */
  goBack(): void {
    if (this.#backup === undefined) return;
    this.#over("went back to an older copy of its disk");
    this.disk.replace(this.#backup);
    this.diskReplaced("older copy");
  }

  protected override started(instance: Instance): void {
    this.disk.revive();
    try {
      this.actor = this.actorFor(instance);
    } catch (error) {
      instance.failed(error);
    }
  }

  #mayCrashInTurn(): void {
    const { faults } = this.environment;
    if (this.instance !== undefined && faults.crashes(faults.crashInTurn))
      this.disk.crashAfter = faults.random.below(4);
  }

  #commit(release: readonly (() => void)[]): void {
    this.#cancelSync();
    this.#held = [];
    this.disk.commit();
    this.#alarmUnproven = false;
    if (this.#alarmWanted !== undefined) {
      this.#alarmAt(this.#alarmWanted);
      this.#alarmWanted = undefined;
    }
    this.durable();
    for (const send of release) send();
  }

  #over(why: string, evicted = false): void {
    const { scheduler, trace } = this.environment;
    trace.note(scheduler.now, why, this.instance?.name ?? this.name);
    this.#cancelSync();
    this.#held = [];
    this.disk.rollback();
    this.disk.revive();
    this.#alarmWanted = undefined;
    this.actor = undefined;
    this.end();
    this.died(evicted);
    if (this.#alarmRunning || this.#alarmUnproven) this.#alarmFailed();
  }

  #cancelSync(): void {
    if (this.#sync !== undefined) this.#sync.run = undefined;
    this.#sync = undefined;
  }

  #alarmAt(time: number): void {
    this.#cancelAlarm();
    this.#alarm = this.environment.scheduler.at(time, this, () => {
      this.#alarm = undefined;
      this.#alarmDue();
    });
  }

  #cancelAlarm(): void {
    if (this.#alarm !== undefined) this.#alarm.run = undefined;
    this.#alarm = undefined;
  }

  /** One alarm at a time: the next waits for the last to end. */
  #alarmDue(): void {
    if (this.#alarmRunning) {
      this.#alarmWaiting = true;
      return;
    }
    this.#alarmRunning = true;
    const instance = this.wake();
    this.#mayCrashInTurn();
    attempt(async () => this.actor?.alarm()).then(
      () => {
        if (!instance.alive) return;
        this.#alarmRunning = false;
        this.#alarmUnproven = this.disk.dirty;
        if (this.#alarmWaiting) this.#alarmAt(this.environment.scheduler.now);
        this.#alarmWaiting = false;
      },
      (error: unknown) => instance.failed(error),
    );
  }

  #alarmFailed(): void {
    this.#alarmRunning = false;
    this.#alarmUnproven = false;
    this.#alarmWaiting = false;
    this.environment.tally.add("alarm retried after a crash");
    if (this.#alarm === undefined) this.#alarmAt(this.environment.scheduler.now + ALARM_RETRY_MS);
  }
}

/** What a part throws becomes a rejection, as in an RPC handler. */
async function attempt<T>(body: () => Promise<T>): Promise<T> {
  return body();
}
