import type { LeaseId } from "../../src/api/key-value.ts";
import type { Region } from "../../src/network/region.ts";
import type { ReadOutcome, WriteOutcome } from "../../src/node/coordinate/coordinator.ts";
import type { RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type { Op } from "../../src/state/command.ts";
import type { Query } from "../../src/state/queries.ts";
import type { Random } from "../random.ts";
import { BUILD_NEW } from "./build.ts";
import { compactionDraw, type Intent, intentOf, stampDraw } from "./intent.ts";
import { LEASES } from "./intent-lease.ts";
import { textOf } from "./model-store.ts";
import { leaseReadCheck, readCheck } from "./read-verdicts.ts";
import type { Place } from "./scheduler.ts";
import type { Session } from "./session.ts";
import { STAMP_LEVEL } from "./stamped-put.ts";
import { writeCheck } from "./verdicts.ts";
import type { WorkerMachine } from "./worker-machine.ts";
import type { World } from "./world.ts";

const PATIENCE_MS = 12_000;
const RETRY_MS = 400;
/** Attempts at a request whose outcome stays unknown. Increments go on until they know. */
const ATTEMPTS_MAX = 3;
/** How many writes come under the id of another one. */
const REUSED = 0.03;
const STAMPED = 0.15;

/** What came back: the Worker's answer, or nothing in time. */
type Told<T> = T | "lost";

/** A client with one session: one operation after the other, each through a Worker, the nearest or another. */
export class Client implements Place, Session {
  readonly world: World;
  readonly name: string;
  readonly region: Region;
  readonly random: Random;
  readonly keys: number;
  /** The newest revision this session was told of. */
  seen = 1;
  /** Revisions of keys as last read or written, for conditions. */
  readonly known = new Map<string, number>();
  operations = 0;
  isDone = false;
  /** After the world is healed: no new operations, but what is begun is finished. */
  isClosing = false;
  #lease: LeaseId | undefined;
  /** Ids of requests whose result is known. */
  readonly #answered: string[] = [];
  readonly #thinkMs: number;
  readonly #budget: number;

  constructor(world: World, name: string, region: Region, plan: { budget: number; thinkMs: number; keys: number }) {
    this.world = world;
    this.name = name;
    this.region = region;
    this.random = world.environment.random.fork();
    this.keys = plan.keys;
    this.#budget = plan.budget;
    this.#thinkMs = plan.thinkMs;
  }

  admit(): "run" {
    return "run";
  }

  rest(): void {}

  start(): void {
    this.#next().then(
      () => {
        this.isDone = true;
      },
      (error: unknown) => this.world.environment.failed(error),
    );
  }

  async #next(): Promise<void> {
    while (!this.isClosing && this.operations < this.#budget) {
      await this.#sleep(this.random.exponential(this.#thinkMs));
      this.operations++;
      const intent = this.#intent();
      if (intent.kind === "read") await this.#read(intent);
      else await this.#write(intent);
    }
  }

  #intent(): Intent {
    const { world } = this;
    if (world.isCompactionDue()) return compactionDraw(this);
    // Clients begin to use a feature once the Workers of their region have it.
    const isNew =
      world.plan.deploys.every !== undefined &&
      world.worker(this.region).build === BUILD_NEW &&
      world.model.level >= STAMP_LEVEL;
    return isNew && this.random.chance(STAMPED) ? stampDraw(this) : intentOf(this, world.plan.rich);
  }

  /** One write, with all its retries, under one request id. */
  async #write(intent: Intent & { kind: "write" }): Promise<void> {
    const { world } = this;
    const request = this.#request();
    const slotFloor = world.told.slot;
    const attemptsMax = intent.persistent ? Number.POSITIVE_INFINITY : this.random.chance(0.5) ? 1 : ATTEMPTS_MAX;
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (attempt > 0) await this.#sleep(this.random.exponential(RETRY_MS));
      const worker = this.#worker(attempt);
      const record = world.history.called(
        this.name,
        request.isForeign ? undefined : intent.asked,
        request.as.requestId,
      );
      const outcome = await this.#ask(worker, (to) => to.write({ op: intent.op, ...request.as }));
      if (outcome !== "lost" && outcome.kind === "applied") {
        if (attempt > 0) world.environment.tally.add("request answered by another Worker");
        const { result } = outcome;
        writeCheck(world, this.name, request.as, outcome, slotFloor);
        this.#answered.push(request.as.requestId);
        this.#noteWrite(intent.op, outcome);
        return world.history.answered(record, result);
      }
      const surely = outcome !== "lost" && outcome.kind === "no-quorum";
      world.environment.tally.add(surely ? "answer of no effect" : "answer of unknown outcome");
      world.history.lost(record, surely);
      // A command that surely has no effect is over, unless an earlier attempt may have had one.
      if (surely && attempt === 0 && !intent.persistent) return;
    }
  }

  async #read(intent: Intent & { kind: "read" }): Promise<void> {
    const { world } = this;
    const { consistency, query, asked } = intent;
    const minRevision = consistency === "local" ? this.seen : undefined;
    const isLocal = consistency === "local";
    const floor = isLocal ? { revision: this.seen, compact: 0, slot: 0 } : { ...world.told };
    const full = asked && { ...asked, consistency, minRevision: minRevision ?? null };
    const record = world.history.called(this.name, full);
    const outcome = await this.#ask(this.#worker(0), (to) => this.#query(to, query, consistency, minRevision));
    if (outcome === "lost" || outcome.kind !== "answer") return world.history.lost(record, true);
    if (consistency === "local") {
      world.environment.tally.add(outcome.path === "local" ? "local read" : "local read fell back to the quorum");
    }
    if (query.kind === "lease") leaseReadCheck(world, this.name, query, outcome, floor);
    else readCheck(world, this.name, query, outcome, floor);
    this.#noteRead(query, outcome);
    world.history.answeredRead(record, outcome.result);
  }

  /** Mostly under an id of its own; now and then under that of a request that was answered. */
  #request(): { readonly isForeign: boolean; readonly as: { readonly requestId: string; readonly print: string } } {
    const isForeign = this.#answered.length > 0 && this.random.chance(REUSED);
    const requestId = isForeign ? this.random.pick(this.#answered) : this.world.environment.freshId(this.random);
    return { isForeign, as: { requestId, print: `${this.name}.${this.operations}` } };
  }

  #query(
    to: RequestCoordinator,
    query: Query,
    consistency: "linearizable" | "local",
    minRevision: number | undefined,
  ): Promise<ReadOutcome> {
    return to.read({ query, consistency, minRevision });
  }

  #noteWrite(op: Op, { result }: WriteOutcome & { kind: "applied" }): void {
    this.seen = Math.max(this.seen, result.revision);
    if (result.kind === "lease-grant") this.#lease = result.lease;
    if (op.kind !== "put" && op.kind !== "delete") return;
    const key = textOf(op.key);
    if (result.kind === "put") this.known.set(key, result.revision);
    if (result.kind === "refused" && result.why === "condition-failed")
      this.world.environment.tally.add("condition failed");
    if (result.kind === "refused" && result.current !== undefined) this.known.set(key, result.current.modRevision);
  }

  #noteRead(query: Query, { result }: ReadOutcome & { kind: "answer" }): void {
    this.seen = Math.max(this.seen, result.revision);
    if (result.kind !== "range" || query.kind !== "range" || query.revision !== undefined) return;
    for (const kv of result.kvs) this.known.set(textOf(kv.key), kv.modRevision);
  }

  /** The lease that was last granted to this client, if any, or one of those that everybody uses, held or not. */
  readonly lease = (): LeaseId => (this.random.chance(0.7) ? this.#lease : undefined) ?? this.random.pick(LEASES);

  /** Retries go to another Worker more often than not. */
  #worker(attempt: number): WorkerMachine {
    const { workers } = this.world;
    return this.random.chance(attempt === 0 ? 0.9 : 0.4) ? this.world.worker(this.region) : this.random.pick(workers);
  }

  #ask<T>(worker: WorkerMachine, work: (coordinator: RequestCoordinator) => Promise<T>): Promise<Told<T>> {
    const { scheduler, links } = this.world.environment;
    return new Promise((resolve) => {
      const patience = scheduler.after(PATIENCE_MS, this, () => resolve("lost"));
      const done = (told: Told<T>) => {
        patience.run = undefined;
        resolve(told);
      };
      if (!links.connects(this.region, worker.region)) return;
      scheduler.after(links.delay(this.region, worker.region), worker, () => {
        const lost = () => scheduler.after(this.random.exponential(200), this, () => done("lost"));
        worker.serve(
          work,
          (outcome) => {
            if (!links.connects(worker.region, this.region)) return;
            scheduler.after(links.delay(worker.region, this.region), this, () => done(outcome));
          },
          lost,
        );
      });
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.environment.scheduler.after(ms, this, resolve));
  }
}
