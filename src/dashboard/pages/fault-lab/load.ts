import { batch, signal } from "@preact/signals";
import { historyCheck } from "../../../checker/check.ts";
import type { Operation } from "../../../checker/history.ts";
import type { Verdict } from "../../../checker/verdict.ts";
import { LoadClient } from "./client.ts";

/** An operation with its region, as it is shown. */
export interface Done {
  readonly operation: Operation;
  readonly region: string;
}

export interface Judged {
  readonly verdict: Verdict;
  /** Operations that it was made of. */
  readonly operations: number;
  readonly ms: number;
}

const KEYS = ["a", "b", "c"];
/** Between a client's operations. */
const PAUSE_MS = 120;
const JUDGE_MS = 1_500;
/** A history of so many is long enough to judge, and to keep in a page. */
const OPERATIONS_MAX = 6_000;
/** Steps of the search; what takes more is left open, so that the page stays fluid. */
const STEPS_MAX = 60_000;

/** A load from every region on a few keys, and the judgement of its history as it grows. */
export class Load {
  readonly isRunning = signal(false);
  readonly done = signal<readonly Done[]>([]);
  readonly judged = signal<Judged | undefined>(undefined);
  readonly #namespace: string;
  /** Operations that were sent and not answered: what they did may have been seen by others. */
  readonly #pending = new Map<number, Operation>();
  #run = freshRun();
  #values = 0;
  #ids = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  start(regions: readonly string[]): void {
    if (this.isRunning.value) return;
    this.isRunning.value = true;
    this.#timer = setInterval(() => this.#judge(), JUDGE_MS);
    for (const [index, region] of regions.entries()) void this.#client(`${index + 1}`, region);
  }

  stop(): void {
    this.isRunning.value = false;
    clearInterval(this.#timer);
    this.#judge();
  }

  /** Begins a new history, on new keys. */
  clear(): void {
    this.#run = freshRun();
    this.#pending.clear();
    batch(() => {
      this.done.value = [];
      this.judged.value = undefined;
    });
  }

  async #client(name: string, region: string): Promise<void> {
    const client = new LoadClient(this.#namespace, region);
    // Who was not told the outcome goes on as somebody new: what it did before may yet take effect.
    let lives = 0;
    while (this.isRunning.value) {
      const isTold = await this.#operate(client, `${name}.${lives}`);
      if (!isTold) lives++;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** @returns whether the client was told what became of it. */
  async #operate(client: LoadClient, session: string): Promise<boolean> {
    const run = this.#run;
    const id = ++this.#ids;
    const key = `fault-lab/${run}/${KEYS[Math.floor(chance() * KEYS.length)] ?? "a"}`;
    const base = { id, client: session, session, key, call: clock(), return: null };
    const { operation, work } = this.#choose(client, base);
    this.#pending.set(id, operation);
    const outcome = await work();
    if (run !== this.#run) return true;
    this.#pending.delete(id);
    const answered = { ...operation, outcome, return: clock() } as Operation;
    this.done.value = [...this.done.value, { operation: answered, region: client.region }];
    if (this.done.value.length >= OPERATIONS_MAX && this.isRunning.value) this.stop();
    return outcome.kind === "ok";
  }

  #choose(client: LoadClient, base: Base): Chosen {
    const { key, session } = base;
    const outcome = { kind: "unknown" } as const;
    const none = { kind: "none" } as const;
    const dice = chance();
    if (dice < 0.5) {
      const operation = { ...base, kind: "get", consistency: "linearizable", minRevision: null, outcome } as const;
      return { operation, work: () => client.get(key) };
    }
    if (dice < 0.6) {
      const operation = { ...base, kind: "delete", condition: none, outcome } as const;
      return { operation, work: () => client.delete(key) };
    }
    const value = `${session} ${++this.#values}`;
    const last = dice < 0.75 ? this.#lastSeen(key) : undefined;
    if (last === undefined) {
      const operation = { ...base, kind: "put", value, condition: none, outcome } as const;
      return { operation, work: () => client.put(key, value) };
    }
    const condition = { kind: "match", modRevision: last } as const;
    const operation = { ...base, kind: "put", value, condition, outcome } as const;
    return { operation, work: () => client.set(key, value, last) };
  }

  /** The revision of a key that somebody was told last. */
  #lastSeen(key: string): number | undefined {
    for (const { operation } of this.done.value.slice(-50).toReversed()) {
      if (operation.key !== key || operation.kind !== "get" || operation.outcome.kind !== "ok") continue;
      const { result } = operation.outcome;
      if (result.kind === "present" && result.modRevision !== null) return result.modRevision;
    }
    return undefined;
  }

  #judge(): void {
    const answered = this.done.value.map(({ operation }) => operation);
    if (answered.length === 0 || this.judged.value?.operations === answered.length) return;
    const operations = [...answered, ...this.#pending.values()];
    const startedAt = performance.now();
    const verdict = historyCheck({ operations, watches: [] }, STEPS_MAX);
    this.judged.value = { verdict, operations: answered.length, ms: performance.now() - startedAt };
  }
}

type Base = Pick<Operation, "id" | "client" | "session" | "key" | "call" | "return">;

interface Chosen {
  /** As it is while nobody knows what became of it. */
  readonly operation: Operation;
  readonly work: () => Promise<Operation["outcome"]>;
}

/** Whole milliseconds: two in one of them count as simultaneous, which accuses nobody. */
function clock(): number {
  return Math.floor(performance.now());
}

function freshRun(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** Uniform in [0, 1). */
function chance(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}
