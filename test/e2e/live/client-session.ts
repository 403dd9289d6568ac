/** A client of a live run that uses `createSynod`: its retries, its session, and its word on what came of a call. */
import type { Condition, Operation, Outcome } from "../../../src/checker/history.ts";
import { createSynod, type Synod, SynodError } from "../../../src/client/index.ts";
import type { Region } from "../../../src/network/region.ts";
import type { Random } from "../../random.ts";
import { ACCEPTORS, sleep } from "../client.ts";
import type { Recorder } from "./recorder.ts";

/** What a read found. */
export type Found = { readonly kind: "absent" } | { readonly kind: "present"; readonly modRevision: number };

const DEADLINE_MS = 8_000;
const PAUSE_MS = 200;

type Bare<Kind extends Operation["kind"]> = Extract<Operation, { kind: Kind }>["outcome"];

/** A client at home in a region; now and then its requests come from elsewhere. */
export function synodAt(base: string, namespace: string, home: Region, random: Random): Synod {
  const fetchSomewhere = (input: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set("synod-region", random.chance(0.1) ? random.pick(ACCEPTORS) : home);
    return fetch(input, { ...init, headers });
  };
  return createSynod({ url: base }, { namespace, deadlineMs: DEADLINE_MS, fetch: fetchSomewhere });
}

export class ClientSession {
  readonly name: string;
  readonly #synod: Synod;
  readonly #recorder: Recorder;
  readonly #random: Random;
  #requests = 0;

  constructor(name: string, synod: Synod, recorder: Recorder, random: Random) {
    this.name = name;
    this.#synod = synod;
    this.#recorder = recorder;
    this.#random = random;
  }

  chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items);
  }

  async pause(ms: number): Promise<void> {
    await sleep(this.#random.next() * ms);
  }

  freshId(): string {
    return `${this.name}-${this.#requests++}`;
  }

  async get(key: string, consistency: "linearizable" | "local", bounded: boolean): Promise<Found | undefined> {
    // The client asks for what it has seen at least, whenever it reads near by.
    const minRevision = (bounded || consistency === "local") && this.#synod.revision > 0 ? this.#synod.revision : null;
    const call = performance.now();
    let found: Found | undefined;
    const outcome = await this.#outcome<Bare<"get">>(async () => {
      const entry = await this.#synod.kv.get(key, { as: "text", consistency, minRevision: minRevision ?? undefined });
      found = entry === null ? { kind: "absent" } : { kind: "present", modRevision: entry.revision };
      const result =
        entry === null ? { kind: "absent" } : { kind: "present", value: entry.value, modRevision: entry.revision };
      return { kind: "ok", revision: this.#synod.revision, result } as Bare<"get">;
    });
    this.#recorder.add({ ...this.#base(key, call), kind: "get", consistency, minRevision, outcome });
    if (found === undefined) await this.pause(2 * PAUSE_MS);
    return found;
  }

  async put(key: string, value: string, condition: Condition): Promise<Outcome<{ readonly kind: string }>> {
    const [call, request] = [performance.now(), this.freshId()];
    const outcome = await this.#outcome<Bare<"put">>(async () => {
      const { revision } = await this.#synod.kv.put(key, value, { requestId: request, ...conditionAsked(condition) });
      return { kind: "ok", revision, result: { kind: "written", modRevision: revision } };
    });
    this.#recorder.add({ ...this.#base(key, call), kind: "put", value, condition, outcome, request });
    return outcome;
  }

  async del(key: string, condition: Condition): Promise<void> {
    const [call, request] = [performance.now(), this.freshId()];
    const outcome = await this.#outcome<Bare<"delete">>(async () => {
      const asked = { requestId: request, ...conditionAsked(condition) };
      const { revision, deleted } = await this.#synod.kv.delete(key, asked);
      const result = deleted === 0 ? { kind: "absent" } : { kind: "written", modRevision: revision };
      return { kind: "ok", revision, result } as Bare<"delete">;
    });
    this.#recorder.add({ ...this.#base(key, call), kind: "delete", condition, outcome, request });
  }

  async propose(key: string, value: string): Promise<void> {
    const [call, request] = [performance.now(), this.freshId()];
    const outcome = await this.#outcome<Bare<"propose">>(async () => {
      const chosen = await this.#synod.propose(key, value, { as: "text", requestId: request });
      return { kind: "ok", revision: chosen.revision, result: { chosen: chosen.value, mine: chosen.won } };
    });
    this.#recorder.add({ ...this.#base(key, call), kind: "propose", value, outcome, request });
  }

  #base(key: string, call: number) {
    return { client: this.name, session: this.name, key, call, return: performance.now() };
  }

  /** What the client says of a call that brought no value. */
  async #outcome<Result extends Outcome<unknown>>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SynodError)) throw error;
      if (error.code === "precondition-failed") {
        const revision = error.problem?.revision ?? this.#synod.revision;
        return { kind: "ok", revision, result: { kind: "precondition-failed" } } as Result;
      }
      return { kind: error.outcome } as Result;
    }
  }
}

function conditionAsked(condition: Condition) {
  if (condition.kind === "match") return { ifRevision: condition.modRevision };
  return condition.kind === "none-match" ? { ifAbsent: true } : {};
}
