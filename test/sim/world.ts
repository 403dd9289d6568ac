import type { Configuration } from "../../src/network/address.ts";
import type { Region } from "../../src/network/region.ts";
import type { Parts } from "../../src/node/rpc/call.ts";
import { entryDecode } from "../../src/state/entry.ts";
import { AcceptorMachine } from "./acceptor-machine.ts";
import { Faults } from "./faults.ts";
import { Ghost } from "./ghost.ts";
import { HistoryLog } from "./history-log.ts";
import { KvModel } from "./kv-model.ts";
import { LeaderMachine } from "./leader-machine.ts";
import { LearnerMachine } from "./learner-machine.ts";
import { LeaseLedger } from "./lease-ledger.ts";
import type { Life } from "./life.ts";
import { Links } from "./links.ts";
import type { Machine } from "./machine.ts";
import type { Plan } from "./plan.ts";
import { Random } from "./random.ts";
import { RetentionCheck } from "./retention-check.ts";
import { SimNetwork } from "./rpc.ts";
import { Scheduler } from "./scheduler.ts";
import { Tally } from "./tally.ts";
import { tallyOperated } from "./tally-operated.ts";
import { Trace } from "./trace.ts";
import { witnessesOf } from "./witness.ts";
import { WorkerMachine } from "./worker-machine.ts";

/** One simulated deployment: its machines, the network between them, and those who watch that nothing goes wrong. */
export class World {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly tally = new Tally();
  readonly model = new KvModel();
  readonly leases = new LeaseLedger(this.tally);
  readonly retention: RetentionCheck;
  readonly history = new HistoryLog(() => this.scheduler.now);
  readonly ghost: Ghost;
  readonly links: Links;
  readonly faults: Faults;
  readonly configuration: Configuration;
  readonly isLeaderless: boolean;
  readonly acceptors: readonly AcceptorMachine[];
  readonly learners: readonly LearnerMachine[];
  readonly leaders: readonly LeaderMachine[];
  readonly workers: readonly WorkerMachine[];
  /** The newest revision that any client was told of, the highest slot acknowledged, and the last compaction. */
  readonly told = { revision: 1, slot: 0, compact: 0 };
  failure: unknown;
  readonly #witnesses: ReturnType<typeof witnessesOf>;
  #ids = 0;
  /** When a client is to compact next. */
  #compactAt: number;

  constructor(plan: Plan, traceLines: number) {
    this.plan = plan;
    this.retention = new RetentionCheck(plan.retention, this.model, this.tally);
    this.#compactAt = plan.compactEvery ?? Number.POSITIVE_INFINITY;
    this.trace = new Trace(traceLines);
    this.random = new Random(plan.seed, 1);
    this.scheduler = new Scheduler(this.random.fork());
    this.links = new Links(this.random.fork(), plan.weather);
    this.faults = new Faults(this.random.fork(), plan.crashes);
    this.configuration = { namespace: "sim", epoch: 1, members: plan.members };
    this.isLeaderless = plan.leaderless;
    this.ghost = new Ghost(plan.members.length, this.tally);
    this.#witnesses = witnessesOf(
      this.ghost,
      this.tally,
      (slot) => this.learners.filter((learner) => learner.durableUpTo >= slot).length,
    );
    this.ghost.onDecided = (slot, entry) => this.#decided(slot, entry.body);
    this.acceptors = plan.members.map((region) => new AcceptorMachine(this, `acceptor ${region}`, region));
    this.learners = plan.members.map((region) => new LearnerMachine(this, `learner ${region}`, region));
    this.leaders = plan.members.map((region) => new LeaderMachine(this, `leader ${region}`, region));
    this.workers = plan.workers.map((region) => new WorkerMachine(this, `worker ${region}`, region));
  }

  get machines(): readonly Machine[] {
    return [...this.acceptors, ...this.learners, ...this.leaders, ...this.workers];
  }

  learner(region: Region): LearnerMachine {
    return find(this.learners, region);
  }

  worker(region: Region): WorkerMachine {
    return find(this.workers, region);
  }

  /** The network as one life of a machine sees it. */
  partsOf(life: Life): Parts {
    const { acceptors, learners, leaders } = this.#witnesses;
    return {
      acceptors: new SimNetwork(life, ({ region }) => find(this.acceptors, region), acceptors),
      learners: new SimNetwork(life, ({ region }) => find(this.learners, region), learners),
      leaders: new SimNetwork(life, ({ region }) => find(this.leaders, region), leaders),
      region: life.machine.region,
    };
  }

  /** Unique, and in random order, as 128 random bits are. */
  freshId(random: Random): string {
    return `${random.word().toString(36)}-${++this.#ids}`;
  }

  /** Whether the client that asks is the one to compact. */
  isCompactionDue(): boolean {
    const { slot } = this.told;
    if (slot < this.#compactAt) return false;
    this.#compactAt = slot + (this.plan.compactEvery ?? Number.POSITIVE_INFINITY);
    return true;
  }

  /** The first failure ends the run. */
  failed(error: unknown): void {
    this.failure ??= error;
  }

  close(): void {
    for (const { disk } of [...this.acceptors, ...this.learners, ...this.leaders]) disk.close();
  }

  #decided(slot: number, body: Uint8Array): void {
    const commands = entryDecode(body);
    this.trace.note(this.scheduler.now, `slot ${slot} decided`, "log", "", body);
    if (commands.length === 0) this.tally.add("hole filled with a NOOP");
    if (commands.length === 0 && this.ghost.rivals(slot)) this.tally.add("live command overtaken by a NOOP");
    const { now } = this.scheduler;
    for (const operated of this.model.apply(commands)) {
      tallyOperated(this.tally, operated);
      this.leases.decided(now, slot, operated);
      this.retention.decided(now, operated);
    }
  }
}

function find<M extends Machine>(machines: readonly M[], region: Region): M {
  const found = machines.find((one) => one.region === region);
  if (found === undefined) throw new Error(`nobody in ${region}`);
  return found;
}
