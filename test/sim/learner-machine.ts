import type { Ballot } from "../../src/core/ballot.ts";
import type { WatchRequest } from "../../src/node/coordinate/coordinator.ts";
import type { Learner } from "../../src/node/learner/learner.ts";
import { learnerOpen, StoppedLearner } from "../../src/node/learner/stopped-learner.ts";
import type { LearnerAnswer, LearnerCall } from "../../src/node/rpc/call.ts";
import { WatchHub } from "../../src/node/watch/watch-hub.ts";
import type { WatchLimits } from "../../src/node/watch/watch-limits.ts";
import type { WatchSocket } from "../../src/node/watch/watch-session.ts";
import { auditLearner } from "./audit.ts";
import type { Connection, WatchServer } from "./connection.ts";
import { type Actor, DurableMachine, type Replacement } from "./durable-machine.ts";
import type { Instance } from "./instance.ts";
import { leasesText } from "./kv-model.ts";
import { textOf } from "./model-store.ts";

interface Standing {
  readonly slot: number;
  readonly revision: number;
}

/** The learner of one region, with the connections of its watchers, which outlive its memory. */
export class LearnerMachine extends DurableMachine<LearnerCall, LearnerAnswer> implements WatchServer {
  readonly #connections = new Set<Connection>();
  #sockets = new Map<Connection, WatchSocket>();
  #learner: Learner | undefined;
  #hub: WatchHub | undefined;
  #seen: Standing = { slot: 0, revision: 1 };
  #durable: Standing = this.#seen;
  #heldUpTo = 0;
  #isCorrupt = false;

  protected actorFor(instance: Instance): Actor<LearnerCall, LearnerAnswer> {
    this.#sockets = new Map([...this.#connections].map((one) => [one, one.socket(instance)]));
    const sockets = this.#sockets;
    const watchPorts = {
      source: () => this.#open.machine,
      sockets: () => [...sockets.values()],
      lagMs: () => this.#open.lagMs,
      telemetry: () => this.#open.telemetry(),
    };
    const hub: WatchHub = new WatchHub(instance, watchPorts, this.watchLimits);
    const parts = this.deployment.partsOf(instance);
    const { configuration, plan, limits } = this.deployment;
    const arm = (ms: number) => this.arm(ms);
    const { retention } = plan;
    const learner = learnerOpen({
      sql: this.disk,
      host: instance,
      parts,
      configuration,
      audience: hub,
      arm,
      retention,
      leave: () => hub.dismiss(),
      log: (alarm) => this.deployment.alarms.raised(this.name, alarm),
      limits: limits.node,
      machine: { limits: limits.state, buildLevel: this.build.level, operations: this.build.operations },
    });
    if (learner instanceof StoppedLearner) {
      this.environment.tally.add("newer state refused by the old build");
      for (const connection of this.#connections) connection.broke();
      this.#connections.clear();
      this.#sockets.clear();
      return learner;
    }
    this.#learner = learner;
    this.#hub = hub;
    hub.resume();
    return {
      handle: async (call) => {
        const before = learner.appliedUpTo;
        const answer = await learner.handle(call);
        const hasWaited = call.kind === "query" && answer.kind === "answer" && answer.appliedUpTo > before;
        if (hasWaited) this.environment.tally.add("read that waited");
        return answer;
      },
      alarm: () => learner.alarm(),
    };
  }

  /** The learner for its watchers, of whom a stopped one has none. */
  get #open(): Learner {
    if (this.#learner === undefined) throw new Error("a stopped learner has no watchers");
    return this.#learner;
  }

  get appliedUpTo(): number {
    return this.#seen.slot;
  }

  /** The highest slot that it ever held durably, on this disk or an earlier one. */
  get heldUpTo(): number {
    return this.#heldUpTo;
  }

  /** What it holds, on its disk, of what its home acceptor told of itself. */
  acceptorWitness(): { readonly life: number; readonly promised: Ballot } | undefined {
    if (this.disk.dirty || this.disk.peek("SELECT 1 FROM sqlite_master WHERE name = 'home_acceptor'").length === 0) {
      return undefined;
    }
    const row = this.disk.peek<{ life: number; n: number; proposer: string }>(
      "SELECT life, promised_n AS n, promised_proposer AS proposer FROM home_acceptor",
    )[0];
    return row && { life: row.life, promised: { n: row.n, proposer: row.proposer } };
  }

  get watchLimits(): WatchLimits {
    return this.deployment.limits.watch;
  }

  /** Its state was changed behind its back, and is not what the log makes of it yet again. */
  get isCorrupt(): boolean {
    return this.#isCorrupt;
  }

  /** A row is changed as a bad disk does. Its answers stay right; its digests are wrong from here on. */
  corrupt(): void {
    this.crash("a row of its state is changed");
    const tables = this.disk.peek<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    const meta = tables.find(({ name }) => /^meta(_\d+)?$/.test(name))?.name;
    if (meta === undefined || this.disk.peek(`SELECT 1 FROM ${meta}`).length === 0) return;
    this.disk.peek(`UPDATE ${meta} SET digest = zeroblob(32)`);
    this.#isCorrupt = true;
    this.deployment.alarms.expect();
    this.environment.tally.add("learner's state corrupted");
  }

  /** A watcher's connection arrives. */
  connect(connection: Connection, request: WatchRequest): void {
    const instance = this.wake();
    if (this.#learner === undefined || this.#hub === undefined) return;
    this.#connections.add(connection);
    const socket = connection.socket(instance);
    this.#sockets.set(connection, socket);
    this.#hub.open(socket, request);
    this.#learner.startAntiEntropy();
  }

  /** A watcher says something. */
  heard(connection: Connection, text: string): void {
    this.wake();
    const socket = this.#sockets.get(connection);
    if (socket !== undefined) this.#hub?.message(socket, text);
  }

  /** Rows that compaction put out of sight are gone. */
  get isCompacted(): boolean {
    return this.#learner === undefined || !this.#learner.machine.isCompacting;
  }

  /** At rest: what it kept is what it should have. */
  audit(): void {
    this.wake();
    if (this.#learner !== undefined) {
      auditLearner(this.name, this.#learner.machine, this.deployment.model, this.environment.random);
    }
  }

  /** The other side is gone. */
  disconnected(connection: Connection): void {
    const socket = this.#sockets.get(connection);
    if (socket !== undefined) this.#hub?.closed(socket);
    this.#connections.delete(connection);
    this.#sockets.delete(connection);
  }

  override evict(): void {
    if (this.#connections.size > 0 && this.instance !== undefined) this.environment.tally.add("eviction with watchers");
    super.evict();
  }

  /** 14, after every turn that applied something. */
  protected override turned(): void {
    const machine = this.#learner?.machine;
    if (machine?.stopped !== undefined) this.environment.tally.add("learner of the old build stopped");
    if (machine === undefined || machine.appliedUpTo === this.#seen.slot) return;
    this.#seen = { slot: machine.appliedUpTo, revision: machine.revision };
    if (this.#isCorrupt && !this.deployment.model.hasDigest(machine.appliedUpTo, machine.digest)) return;
    if (this.#isCorrupt) this.environment.tally.add("corrupted state begun anew");
    this.#isCorrupt = false;
    const leases = machine.leasesHeld().map(({ lease, ttl, renewals }) => {
      const found = machine.query({ kind: "lease", lease, keys: { limit: 1_000 } });
      return { lease, ttl, renewals, keys: found.kind === "lease" ? found.keys.map(textOf) : [] };
    });
    this.deployment.model.learner(this.name, {
      slot: machine.appliedUpTo,
      revision: machine.revision,
      digest: machine.digest,
      compact: machine.compactRevision,
      leases: leasesText(leases),
      level: machine.level,
    });
  }

  protected override durable(): void {
    this.#durable = this.#seen;
    this.#heldUpTo = Math.max(this.#heldUpTo, this.#durable.slot);
  }

  protected override diskReplaced(by: Replacement): void {
    this.environment.tally.add(by === "blank" ? "learner lost its disk" : "learner went back to an older disk");
    this.#seen = { slot: 0, revision: 1 };
    this.#durable = this.#seen;
  }

  protected override died(evicted: boolean): void {
    this.#learner = undefined;
    this.#hub = undefined;
    this.#sockets.clear();
    this.#seen = this.#durable;
    if (evicted) return;
    for (const connection of this.#connections) connection.broke();
    this.#connections.clear();
  }
}
