import type { Address, Configuration, Role } from "../../src/network/address.ts";
import type { Host } from "../../src/network/host.ts";
import type { Network, Outcome } from "../../src/network/network.ts";
import type { Region } from "../../src/network/region.ts";
import { roundTripMs } from "../../src/network/round-trip.ts";
import { Acceptor } from "../../src/node/acceptor/acceptor.ts";
import { AcceptorStore } from "../../src/node/acceptor/acceptor-store.ts";
import type { StandingNews } from "../../src/node/acceptor/enrolment.ts";
import type { Audience } from "../../src/node/learner/audience.ts";
import { Learner, type LearnerOptions } from "../../src/node/learner/learner.ts";
import type { Retention } from "../../src/node/learner/retention.ts";
import { NODE_LIMITS } from "../../src/node/limits.ts";
import { Register } from "../../src/node/register/register.ts";
import type { Parts } from "../../src/node/rpc/call.ts";
import type { NodeContext } from "../../src/node/rpc/context.ts";
import { Health } from "../../src/node/rpc/health.ts";
import type { Op } from "../../src/state/command.ts";
import { entryEncode } from "../../src/state/entry.ts";
import type { Sql } from "../../src/state/sql.ts";
import { nodeSql } from "../state/node-sql.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

type Handle = (call: never) => unknown;

/**
 * A few parts in virtual time, with a network that loses nothing: what it takes to show one rule, where the simulation
 * (test/sim) looks for surprises. Alarms are not rung; tests ring them.
 */
export class VirtualCluster {
  readonly configuration: Configuration;
  readonly host: Host;
  /** Calls that arrived: role, region and kind. */
  readonly calls: string[] = [];
  /** What acceptors reported of themselves. */
  readonly news: StandingNews[] = [];
  /** Round trips that are not those of the table. */
  readonly tripMs = new Map<Region, number>();
  readonly #parts = new Map<string, Handle>();
  readonly #register = new Register(nodeSql());
  readonly #registered = (call: never) => this.#register.handle(call);
  #timers: Timer[] = [];
  #now = 1_000_000;
  #count = 0;

  constructor(members: readonly Region[] = ["weur", "enam", "apac"]) {
    this.configuration = { namespace: "cluster", epoch: 1, members };
    this.host = {
      // Whole milliseconds, as a clock shows.
      now: () => Math.floor(this.#now),
      timer: (ms, fire) => {
        const timer = { at: this.#now + Math.max(0, ms), order: this.#count++, fire };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((one) => one !== timer);
        };
      },
      random: () => 0.5,
      freshId: () => `id-${this.#count++}`,
      background: (work) => void work,
    };
  }

  /** What answers calls for this role in this region; nobody does before. */
  put(role: Role, region: Region, handle: (call: never) => unknown): void {
    this.#parts.set(`${role} ${region}`, handle);
  }

  /** One that its peers recorded long ago, unless `sql` says otherwise. */
  acceptor(region: Region, arm: (ms: number) => void = () => {}, sql = this.#enrolledSql(region)): Acceptor {
    const report = (one: StandingNews) => this.news.push(one);
    const acceptor = new Acceptor(sql, this.host, this.partsIn(region), arm, NODE_LIMITS, report);
    this.put("acceptor", region, (call) => acceptor.ask(call));
    return acceptor;
  }

  learner(
    region: Region,
    arm: (ms: number) => void = () => {},
    sql: Sql = nodeSql(),
    audience: Audience = { applied() {}, resume() {}, size: 0 },
    retention: Retention = {},
    more: Partial<LearnerOptions> = {},
  ): Learner {
    const { host, configuration } = this;
    const given = { sql, host, parts: this.partsIn(region), configuration, audience, arm, retention };
    const learner = new Learner({ ...given, ...more });
    this.put("learner", region, (call) => learner.handle(call));
    return learner;
  }

  /** Tells a learner that these operations were chosen, one in each of the next slots. */
  async chosen(learner: Learner, ...operations: readonly Op[]): Promise<void> {
    const decided = operations.map((op, index) => {
      const slot = learner.appliedUpTo + 1 + index;
      const body = entryEncode([{ id: `request-${slot}`, birth: slot, op }]);
      return { slot, entry: { id: `entry-${slot}`, body } };
    });
    await learner.handle({ kind: "learn", configuration: this.configuration, decided });
  }

  #enrolledSql(region: Region): Sql {
    const sql = nodeSql();
    const identity = { standing: "enrolled", nonce: `nonce of ${region}`, life: 0, peers: {} } as const;
    new AcceptorStore(sql).saveIdentity(this.configuration, region, identity, 0);
    return sql;
  }

  contextIn(region: Region): NodeContext {
    const { host, configuration } = this;
    return {
      host,
      parts: this.partsIn(region),
      configuration,
      health: new Health(host, region),
      limits: NODE_LIMITS,
    };
  }

  partsIn(region: Region): Parts {
    return {
      acceptors: this.#network("acceptor", region),
      learners: this.#network("learner", region),
      leaders: this.#network("leader", region),
      registers: this.#network("register", region),
      region,
    };
  }

  /** What `work` comes to, as soon as it does; time passes meanwhile. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    for (;;) {
      await rest();
      if (isOver) return work;
      if (!this.#next(Number.POSITIVE_INFINITY)) throw new Error("nothing is left that could happen");
    }
  }

  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    do await rest();
    while (this.#next(until));
    this.#now = until;
  }

  #next(until: number): boolean {
    const [first] = this.#timers.sort((a, b) => a.at - b.at || a.order - b.order);
    if (first === undefined || first.at > until) return false;
    this.#timers.shift();
    this.#now = Math.max(this.#now, first.at);
    first.fire();
    return true;
  }

  #network<Call extends { readonly kind: string }, Answer>(role: Role, from: Region): Network<Call, Answer> {
    return { call: (to, call, timeoutMs) => this.#call(role, from, to, call, timeoutMs) as Promise<Outcome<Answer>> };
  }

  #call(
    role: Role,
    from: Region,
    { region }: Address,
    call: { readonly kind: string },
    timeoutMs: number,
  ): Promise<Outcome<unknown>> {
    const halfMs = (this.tripMs.get(region) ?? roundTripMs(from, region)) / 2;
    const after = (ms: number, fire: () => void) => this.host.timer(ms, fire);
    return new Promise((resolve) => {
      const cancel = after(timeoutMs, () => resolve({ ok: false, why: "timeout" }));
      const answered = (answer: unknown) =>
        after(halfMs, () => {
          cancel();
          resolve({ ok: true, answer });
        });
      after(halfMs, () => {
        this.calls.push(`${role} ${region} ${call.kind}`);
        const handle = role === "register" ? this.#registered : this.#parts.get(`${role} ${region}`);
        if (handle !== undefined) this.host.background(Promise.resolve(handle(call as never)).then(answered));
      });
    });
  }
}

/** Until nothing can go on without time. */
function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
