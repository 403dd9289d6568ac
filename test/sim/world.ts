import type { Configuration } from "../../src/network/address.ts";
import type { Region } from "../../src/network/region.ts";
import type { Parts } from "../../src/node/rpc/call.ts";
import { entryDecode } from "../../src/state/entry.ts";
import { AcceptorMachine } from "./acceptor-machine.ts";
import { AlarmOracle } from "./alarm-oracle.ts";
import type { Deployment } from "./deployment.ts";
import { Environment } from "./environment.ts";
import { HistoryLog } from "./history-log.ts";
import type { Instance } from "./instance.ts";
import { KvModel, type Operated } from "./kv-model.ts";
import { LeaderMachine } from "./leader-machine.ts";
import { LearnerMachine } from "./learner-machine.ts";
import { LeaseLedger } from "./lease-ledger.ts";
import type { Limits } from "./limits.ts";
import type { Machine } from "./machine.ts";
import type { Plan } from "./plan.ts";
import { RegisterMachine } from "./register-machine.ts";
import { RetentionCheck } from "./retention-check.ts";
import { SimNetwork } from "./rpc.ts";
import { SafetyOracle } from "./safety-oracle.ts";
import { tallyOperated } from "./tally-operated.ts";
import { demand } from "./violation.ts";
import { witnessesOf } from "./witness.ts";
import { WorkerMachine } from "./worker-machine.ts";

/** One simulated deployment: its machines, the network between them, and those who watch that nothing goes wrong. */
export class World implements Deployment {
  readonly plan: Plan;
  readonly limits: Limits;
  readonly environment: Environment;
  readonly model = new KvModel();
  readonly alarms: AlarmOracle;
  readonly leases: LeaseLedger;
  readonly retention: RetentionCheck;
  readonly history: HistoryLog;
  readonly safety: SafetyOracle;
  readonly configuration: Configuration;
  readonly acceptors: readonly AcceptorMachine[];
  readonly learners: readonly LearnerMachine[];
  readonly leaders: readonly LeaderMachine[];
  readonly workers: readonly WorkerMachine[];
  readonly register: RegisterMachine;
  /** The newest revision that any client was told of, the highest slot acknowledged, and the last compaction. */
  readonly told = { revision: 1, slot: 0, compact: 0 };
  readonly #witnesses: ReturnType<typeof witnessesOf>;
  /** When a client is to compact next. */
  #compactAt: number;

  constructor(plan: Plan, limits: Limits, traceLines: number) {
    this.plan = plan;
    this.limits = limits;
    this.environment = new Environment(plan, traceLines);
    const { scheduler, tally } = this.environment;
    this.alarms = new AlarmOracle(tally);
    this.leases = new LeaseLedger(tally);
    this.retention = new RetentionCheck(plan.retention, this.model, tally);
    this.history = new HistoryLog(() => scheduler.now);
    this.#compactAt = plan.compactEvery ?? Number.POSITIVE_INFINITY;
    this.configuration = { namespace: "sim", epoch: 1, members: plan.members };
    this.safety = new SafetyOracle(plan.members.length, tally);
    this.#witnesses = witnessesOf(
      this.safety,
      tally,
      (slot) => this.learners.filter((learner) => learner.heldUpTo >= slot).length,
    );
    this.safety.onDecided = (slot, entry) => this.#decided(slot, entry.body);
    this.acceptors = plan.members.map((region) => new AcceptorMachine(this, "acceptor", region));
    this.learners = plan.members.map((region) => new LearnerMachine(this, "learner", region));
    this.leaders = plan.members.map((region) => new LeaderMachine(this, "leader", region));
    this.register = new RegisterMachine(this, "register", plan.members[0] ?? "weur");
    this.workers = plan.workers.map((region) => new WorkerMachine(this, "worker", region));
  }

  get machines(): readonly Machine[] {
    return [...this.acceptors, ...this.learners, ...this.leaders, ...this.workers, this.register];
  }

  learner(region: Region): LearnerMachine {
    return find(this.learners, region);
  }

  worker(region: Region): WorkerMachine {
    return find(this.workers, region);
  }

  witness(region: Region) {
    return this.learner(region).acceptorWitness();
  }

  /** The network as one instance of a machine sees it. */
  partsOf(instance: Instance): Parts {
    const { acceptors, learners, leaders, registers } = this.#witnesses;
    return {
      acceptors: new SimNetwork(instance, ({ region }) => find(this.acceptors, region), acceptors),
      learners: new SimNetwork(instance, ({ region }) => find(this.learners, region), learners),
      leaders: new SimNetwork(instance, ({ region }) => find(this.leaders, region), leaders),
      registers: new SimNetwork(instance, () => this.register, registers),
      region: instance.machine.region,
    };
  }

  /** Whether the client that asks is the one to compact. */
  isCompactionDue(): boolean {
    const { slot } = this.told;
    if (slot < this.#compactAt) return false;
    this.#compactAt = slot + (this.plan.compactEvery ?? Number.POSITIVE_INFINITY);
    return true;
  }

  close(): void {
    for (const { disk } of [...this.acceptors, ...this.learners, ...this.leaders, this.register]) disk.close();
  }

  #decided(slot: number, body: Uint8Array): void {
    const { trace, scheduler, tally } = this.environment;
    const { now } = scheduler;
    const entry = entryDecode(body);
    const { commands } = entry;
    trace.note(now, `slot ${slot} decided`, "log", "", body);
    if (commands.length === 0) tally.add("hole filled with a NOOP");
    if (commands.length === 0 && this.safety.rivals(slot)) tally.add("live command overtaken by a NOOP");
    for (const operated of this.model.apply(entry)) {
      reachedCheck(slot, operated);
      tallyOperated(tally, operated);
      this.leases.decided(now, slot, operated);
      this.retention.decided(now, operated);
    }
  }
}

/** Levels: what the namespace has not reached is never proposed. */
function reachedCheck(slot: number, { command, result }: Operated): void {
  const isAbove = result.kind === "refused" && result.why === "upgrading";
  demand(!isAbove, () => `levels: slot ${slot} has ${command.id}, whose level was not reached`);
}

function find<M extends Machine>(machines: readonly M[], region: Region): M {
  const found = machines.find((one) => one.region === region);
  if (found === undefined) throw new Error(`no machine in ${region}`);
  return found;
}
