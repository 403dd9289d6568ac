import type { Configuration } from "../../network/address.ts";
import type { Host } from "../../network/host.ts";
import { freshRequestId } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { type Caller, SYSTEM } from "../../policy/caller.ts";
import type { Need } from "../../policy/need.ts";
import type { Decision } from "../../policy/policy.ts";
import type { Command, Op } from "../../state/command.ts";
import type { StateMachine } from "../../state/machine.ts";
import type { StateMachineOptions } from "../../state/machine-options.ts";
import { OPERATIONS } from "../../state/ops/registry.ts";
import type { Sql } from "../../state/sql.ts";
import { type Alarm, Alarms } from "../alarms.ts";
import { NODE_LIMITS, type NodeLimits } from "../limits.ts";
import { LearnerMetrics } from "../metrics/learner-metrics.ts";
import { Meter } from "../metrics/meter.ts";
import { LocalHome } from "../propose/local-home.ts";
import { Proposer } from "../propose/proposer.ts";
import { RegionBatcher } from "../propose/region-batcher.ts";
import { ScanPace } from "../propose/scan-pace.ts";
import { ReadRounds } from "../read/read-rounds.ts";
import { ReleaseService } from "../rollout/release-service.ts";
import type { LearnerAnswer, LearnerCall, Parts } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import { telemetryGather } from "../telemetry/telemetry.ts";
import { VoteTrace } from "../telemetry/vote-trace.ts";
import * as timing from "../timing.ts";
import type { TellTransition } from "../transition.ts";
import { AnswerRoom } from "./answer-room.ts";
import { AntiEntropy } from "./anti-entropy.ts";
import { AppliedPolicy } from "./applied-policy.ts";
import type { Audience } from "./audience.ts";
import { CatchUp } from "./catch-up.ts";
import type { Chore } from "./chore.ts";
import { Chores } from "./chores.ts";
import { Compactor } from "./compactor.ts";
import { Gossip } from "./gossip.ts";
import { HomeAcceptor } from "./home-acceptor.ts";
import { Intake } from "./intake.ts";
import { Integrity } from "./integrity.ts";
import { learnerContext } from "./learner-context.ts";
import { LearnerService } from "./learner-service.ts";
import { LeaseTimers } from "./lease-timers.ts";
import { LogTail } from "./log-tail.ts";
import { Membership } from "./membership.ts";
import { Milestones } from "./milestones.ts";
import { QueryService } from "./query-service.ts";
import { Replica } from "./replica.ts";
import { Retainer, type Retention } from "./retention.ts";
import { Settlement } from "./settlement.ts";
import { snapshotFetch } from "./snapshot-transfer.ts";
import { Suspension } from "./suspension.ts";
import { WitnessRecord } from "./witness-record.ts";
import { WriteRate } from "./write-rate.ts";

export interface LearnerOptions {
  readonly sql: Sql;
  readonly host: Host;
  readonly parts: Parts;
  readonly configuration: Configuration;
  /** Who hears of what this learner applies. */
  readonly audience: Audience;
  /** Asks the host to call `alarm` in about so many milliseconds, instead of any alarm set before. */
  readonly arm: (ms: number) => void;
  readonly retention?: Retention | undefined;
  /** Closes all watches, so that their watchers go on at another learner. */
  readonly leave?: (() => void) | undefined;
  /** Tells of an alarm, and of a transition, where people look. */
  readonly log?: ((alarm: Alarm) => void) | undefined;
  readonly tell?: TellTransition | undefined;
  readonly limits?: NodeLimits | undefined;
  readonly machine?: StateMachineOptions | undefined;
  /** Counts what it does, and what its host counts for it. */
  readonly meter?: Meter | undefined;
  /** Bytes that its host stores for it. */
  readonly storedBytes?: (() => number) | undefined;
}

/**
 * A learner: applies chosen entries in slot order, answers reads from its state, and passes entries on, to the other
 * learners when they come from a proposer, to its own region's acceptor always. This file puts its parts together.
 */
export class Learner {
  readonly #context: NodeContext;
  readonly #replica: Replica;
  readonly #chores: Chores;
  readonly #service: LearnerService;
  readonly #integrity: Integrity;
  readonly #alarms: Alarms;
  readonly #membership: Membership;

  constructor(options: LearnerOptions) {
    const { sql, audience, arm, limits = NODE_LIMITS, machine, meter = new Meter() } = options;
    this.#alarms = alarmsCounted(options, meter);
    const host = this.#alarms.guarding(options.host);
    const trace = new VoteTrace(host, options.parts.region);
    this.#membership = new Membership(sql, options.configuration, options.parts);
    const context = learnerContext({ parts: options.parts, limits, membership: this.#membership, host, trace, meter });
    const replica = new Replica(
      { sql, host, limits, machine },
      {
        applied: (events, commands) => {
          commandsNoted(commands, chores.leases, options.leave);
          audience.applied(events);
          metrics.applied(events, commands);
          milestones.passed();
          chores.releases.applied(events);
          if (commands.some(({ op }) => isTimed(op)) || isNext(chores)) this.#chores.soon();
        },
        excluded: (regions, slot) => integrity.excluded(regions, slot),
        installed: () => {
          milestones.installed();
          audience.resume();
          chores.leases.reset();
          chores.releases.reset();
          // Leases and compaction that came with it are this learner's business from now on.
          this.#chores.soon();
        },
      },
    );
    const milestones = new Milestones(replica.machine, options.tell ?? (() => {}));
    const metrics = new LearnerMetrics({ ...options, meter, host, replica });
    const integrity = new Integrity(context, {
      replica,
      suspension: new Suspension(sql),
      alarms: this.#alarms,
      leave: () => begunAnew(chores.leases, options.leave),
      catchUpWithQuorum: () => answering.catchUp.withQuorum(),
      soon: () => this.#chores.soon(),
    });
    const answering = answeringParts(context, { sql, replica, integrity, membership: this.#membership, machine });
    const chores = { ...choreParts(context, options, replica, answering), integrity };
    this.#context = context;
    this.#replica = replica;
    this.#chores = new Chores(host, Object.values(chores), arm);
    this.#integrity = integrity;
    const own = { limits, audience, replica, alarms: this.#alarms, metrics, trace, sql };
    this.#service = new LearnerService({ ...own, ...chores, ...answering });
  }

  /** Its state, to be read by those who watch. */
  get machine(): StateMachine {
    return this.#replica.machine;
  }

  /** Whether `caller` has these rights, by the documents that are applied. */
  decide(caller: Caller, needs: readonly Need[]): Decision {
    return this.#service.decide(caller, needs);
  }

  get appliedUpTo(): number {
    return this.#replica.appliedUpTo;
  }

  /** How old its state may be, in milliseconds; undefined when no quorum read has shown it yet. */
  get lagMs(): number | undefined {
    return this.#replica.lagMs;
  }

  async handle(call: LearnerCall): Promise<LearnerAnswer> {
    return this.#membership.answer(call, () => this.#alarms.guard(() => this.#service.answer(call)));
  }

  /** The namespace's members, if they are not those that somebody names who wants to watch it. */
  othersThan(members: readonly Region[]): Promise<readonly Region[] | undefined> {
    return this.#membership.others(members);
  }

  /** A frame of telemetry: how all parts are, as far as they can be reached from here. */
  telemetry(): Promise<string> {
    return telemetryGather(this.#context, this.machine, this.#service.status(true));
  }

  /** Whether it takes watchers: not while its state differs from a majority's, or is being restored. */
  get takesWatchers(): boolean {
    return !this.#integrity.isSuspended && !this.machine.isRestoring;
  }

  /** A watch was opened: the learner makes sure from time to time that nothing was missed. */
  startAntiEntropy(): void {
    this.#chores.soon();
  }

  async alarm(): Promise<void> {
    await this.#alarms.guard(() => this.#chores.run());
  }
}

/** The state is empty: nothing in it is timed or watched. */
function begunAnew(leases: LeaseTimers, leave: (() => void) | undefined): void {
  leases.reset();
  leave?.();
}

function alarmsCounted({ host, log }: LearnerOptions, meter: Meter): Alarms {
  return new Alarms(
    () => host.now(),
    (alarm) => {
      if (alarm.kind === "digest") meter.add("digestMismatches");
      log?.(alarm);
    },
  );
}

/** Whether there is something to do that what was just applied may have brought. */
function isNext({ retainer, releases }: { readonly retainer: Chore; readonly releases: Chore }): boolean {
  return retainer.nextAt() !== undefined || releases.nextAt() !== undefined;
}

/** Commands were applied. From where a restore begins the state is half of another one: nobody may watch it. */
function commandsNoted(commands: readonly Command[], leases: LeaseTimers, leave: (() => void) | undefined): void {
  for (const { op } of commands) {
    if (op.kind === "lease-grant") leases.granted(op.lease);
    if (op.kind !== "restore") continue;
    leases.reset();
    if (op.step.kind === "begin") leave?.();
  }
}

/** Whether an applied operation leaves something to do later. */
function isTimed(op: Op): boolean {
  return op.kind === "lease-grant" || op.kind === "compact" || op.kind === "restore";
}

interface OwnParts {
  readonly sql: Sql;
  readonly replica: Replica;
  readonly integrity: Integrity;
  readonly membership: Membership;
  readonly machine: StateMachineOptions | undefined;
}

/** The parts that take entries in, and answer the calls of others. */
function answeringParts(context: NodeContext, { sql, replica, integrity, membership, machine: options }: OwnParts) {
  const { host, parts, meter } = context;
  const { machine } = replica;
  const tail = new LogTail(context, replica);
  const gossip = new Gossip(context, { machine, tail, integrity });
  const homeAcceptor = new HomeAcceptor(context, { replica, gossip, membership, witness: new WitnessRecord(sql) });
  const intake = new Intake({ region: parts.region, replica, tail, homeAcceptor, gossip });
  const quorumRead = async () => {
    const startedAt = host.now();
    const plan = await new Proposer(context).quorumRead(replica.appliedUpTo);
    if (plan !== undefined) replica.readQuorum(plan.slot, startedAt);
    return plan;
  };
  const catchUp = new CatchUp(context, {
    replica,
    quorumRead,
    learn: (decided, hint) => intake.learn(decided, hint),
    learnQuietly: (decided) => void intake.learnQuietly(decided),
    prefersSnapshot: () => integrity.isSuspended,
    fetchSnapshot: () => snapshotFetch(context, { machine, install: (install) => replica.install(install) }),
  });
  const reads = new ReadRounds(context, quorumRead);
  const policy = new AppliedPolicy({
    host,
    machine,
    async catchUp() {
      const plan = await reads.next();
      if (plan === undefined) return;
      if (replica.appliedUpTo < plan.slot) catchUp.start(plan.slot);
      await replica.reached(plan.slot, timing.LEADER_PATIENCE_MS);
    },
  });
  const settlement = new Settlement({ replica, intake, catchUp });
  const batcher = new RegionBatcher(context, new LocalHome(context, { replica, tail, settlement }), {
    isReached: (op) => (options?.operations ?? OPERATIONS).isAt(tail.level, op),
    level: () => tail.level,
    decide: (caller, needs) => policy.decideConfirmed(caller, needs),
    scans: new ScanPace({ now: () => host.now(), machine }),
  });
  const room = new AnswerRoom(host, context.limits.answersBytesMax);
  const queries = new QueryService({ host, replica, catchUp, reads, room, policy });
  const rate = new WriteRate({ host, quotas: () => machine.held.quotas, limited: () => meter?.add("rateLimited") });
  return { tail, intake, catchUp, settlement, batcher, queries, policy, rate };
}

/** The work that a learner does without being asked, in the order in which it begins. */
function choreParts(
  context: NodeContext,
  { sql, audience, retention = {} }: LearnerOptions,
  { machine }: Replica,
  { batcher, catchUp, policy }: ReturnType<typeof answeringParts>,
) {
  const { host, parts, configuration, limits } = context;
  const rank = Math.max(0, configuration.members.indexOf(parts.region));
  const propose = async (op: Op) => {
    await batcher.write({ id: freshRequestId(host), op, caller: SYSTEM, time: host.now() }, timing.REQUEST_DEADLINE_MS);
  };
  const hasWatchers = () => audience.size > 0;
  return {
    releases: new ReleaseService(context, { sql, machine, policy, rank, propose }),
    compactor: new Compactor(host, machine),
    leases: new LeaseTimers({ host, machine, rank, expiriesMax: limits.expiriesMax, propose }),
    retainer: new Retainer({ host, machine, rank, propose }, sql, retention),
    antiEntropy: new AntiEntropy({ host, hasWatchers, catchUpWithQuorum: () => catchUp.withQuorum() }),
  };
}
