import { historyCheck } from "../../src/checker/check.ts";
import { Client } from "./client.ts";
import { incidentsStart } from "./incidents.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { planOf } from "./plan.ts";
import { settle } from "./settle.ts";
import type { Sometimes } from "./tally.ts";
import { watchHabits } from "./watch-habit.ts";
import { Watcher } from "./watcher.ts";
import { World } from "./world.ts";

export interface Report {
  readonly seed: number;
  /** undefined: nothing was wrong. */
  readonly failure: string | undefined;
  readonly hash: string;
  readonly operations: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly sometimes: ReadonlyMap<Sometimes, number>;
  /** The last lines of the trace, when something was wrong. */
  readonly tail: string;
}

/** How long the world is broken at most. */
const STORM_MS = 40_000;
const TRACE_LINES = 300;

export interface Options {
  /** How many lines of the trace are kept. */
  readonly traceLines?: number;
  readonly limits?: Limits;
  /** Spoils something behind the system's back, so that a test can see the checkers notice. */
  readonly sabotage?: (world: World) => void;
}

/** Runs one seed: a storm, then healing, then everything that has to come true. */
export async function simulate(
  seed: number,
  { traceLines = TRACE_LINES, limits = LIMITS, sabotage }: Options = {},
): Promise<Report> {
  const plan = planOf(seed);
  const world = new World(plan, limits, traceLines);
  const each = { budget: plan.operationsPerClient, thinkMs: plan.thinkMs, keys: plan.keys };
  const clients = plan.clients.map((region, index) => new Client(world, `c${index}`, region, each));
  const watchers = watchHabits(world.environment.random.fork()).map(
    (habit, index) => new Watcher(world, `w${index}`, world.environment.random.pick(plan.clients), habit),
  );
  try {
    sabotage?.(world);
    incidentsStart(world, plan, STORM_MS);
    for (const watcher of watchers) watcher.start();
    for (const client of clients) client.start();
    const isOver = () => world.environment.failure !== undefined || clients.every((client) => client.isDone);
    await world.environment.scheduler.run(STORM_MS, isOver);
    await settle(world, clients, watchers);
    if (world.environment.failure === undefined) judge(world, watchers);
  } catch (error) {
    world.environment.failed(error);
  }
  world.close();
  const { failure, trace, scheduler, tally } = world.environment;
  return {
    seed,
    failure: failure === undefined ? undefined : failureText(failure),
    hash: trace.hash,
    operations: world.history.length,
    events: scheduler.events,
    simulatedMs: scheduler.now,
    sometimes: tally.counts,
    tail: failure === undefined ? "" : `${planText(plan)}\n${trace.tail()}`,
  };
}

function judge(world: World, watchers: readonly Watcher[]): void {
  const verdict = historyCheck(world.history.history(watchers.flatMap((watcher) => watcher.history())));
  if (verdict.kind === "ok") return;
  if (verdict.kind === "unknown") return world.environment.failed(new Error(`the checker gave up: ${verdict.reason}`));
  world.environment.failed(
    new Error(`not linearizable: ${verdict.violations.map((one) => `${one.rule}: ${one.message}`).join("; ")}`),
  );
}

function failureText(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
}

function planText({ members, clients, ...rest }: ReturnType<typeof planOf>): string {
  const { profile, crashes, incidents, damage, deploys, compactEvery, retention } = rest;
  return JSON.stringify({ members, clients, profile, crashes, incidents, damage, deploys, compactEvery, retention });
}
