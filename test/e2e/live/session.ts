/** One client of a live run: what it asks, in which region it is, and what it does when it is not told the outcome. */
import type { Condition, Outcome } from "../../../src/checker/history.ts";
import type { Random } from "../../random.ts";
import { ACCEPTORS, type Answer, type Asked, type Client, sleep } from "../client.ts";
import {
  deleteOutcome,
  proposeOutcome,
  putOutcome,
  type Recorder,
  readOutcome,
  type Timed,
  timed,
} from "./recorder.ts";

const ATTEMPTS_MAX = 4;
/** Between attempts, and after a call that found nobody. */
const PAUSE_MS = 200;

export class Session {
  readonly name: string;
  readonly #client: Client;
  readonly #recorder: Recorder;
  readonly #random: Random;
  /** The newest revision it was told: what its local reads ask for at least. */
  #seen = 0;
  #requests = 0;

  constructor(name: string, client: Client, recorder: Recorder, random: Random) {
    this.name = name;
    this.#client = client;
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

  /** Mostly at home; now and then its requests come from elsewhere. */
  #here(): Client {
    return this.chance(0.1) ? this.#client.at(this.pick(ACCEPTORS)) : this.#client;
  }

  freshId(): string {
    return `${this.name}-${this.#requests++}`;
  }

  #base(key: string, { call, return: returned }: Timed) {
    return { client: this.name, session: this.name, key, call, return: returned };
  }

  #told({ reply }: Timed): void {
    if ("answer" in reply) this.#seen = Math.max(this.#seen, reply.answer.revision || 0);
  }

  async get(key: string, consistency: "linearizable" | "local", bounded: boolean): Promise<Answer | undefined> {
    const minRevision = bounded && this.#seen > 0 ? this.#seen : null;
    const asked = { consistency, minRevision: minRevision ?? undefined };
    const done = await timed(() => this.#here().get(key, asked));
    const outcome = readOutcome(done);
    this.#recorder.add({ ...this.#base(key, done), kind: "get", consistency, minRevision, outcome });
    this.#told(done);
    if (outcome.kind !== "ok") await this.pause(2 * PAUSE_MS);
    return outcome.kind === "ok" && "answer" in done.reply ? done.reply.answer : undefined;
  }

  put(key: string, value: string, condition: Condition): Promise<Outcome<{ readonly kind: string }>> {
    return this.#surely(
      (client, asked) => client.put(key, value, { ...asked, ...conditionAsked(condition) }),
      (done, request) => {
        const outcome = putOutcome(done);
        this.#recorder.add({ ...this.#base(key, done), kind: "put", value, condition, outcome, request });
        return outcome;
      },
    );
  }

  async del(key: string, condition: Condition): Promise<void> {
    await this.#surely(
      (client, asked) => client.del(key, { ...asked, ...conditionAsked(condition) }),
      (done, request) => {
        const outcome = deleteOutcome(done);
        this.#recorder.add({ ...this.#base(key, done), kind: "delete", condition, outcome, request });
        return outcome;
      },
    );
  }

  async propose(key: string, value: string): Promise<void> {
    await this.#surely(
      (client, asked) => client.propose(key, value, asked),
      (done, request) => {
        const outcome = proposeOutcome(done);
        this.#recorder.add({ ...this.#base(key, done), kind: "propose", value, outcome, request });
        return outcome;
      },
    );
  }

  /** Reads a counter and adds one to it by compare-and-set. Both are recorded as what they are to the counter, too. */
  async increment(key: string): Promise<void> {
    const counter = `count of ${key}`;
    const readAt = performance.now();
    const read = await this.get(key, "linearizable", false);
    if (read === undefined) return;
    const count = read.status === 200 ? Number(read.text) : 0;
    const told = { client: this.name, session: this.name, key: counter };
    this.#recorder.add({
      ...told,
      kind: "count",
      call: readAt,
      return: performance.now(),
      outcome: { kind: "ok", revision: read.revision, result: { count } },
    });
    const condition: Condition =
      read.status === 200 ? { kind: "match", modRevision: read.etag } : { kind: "none-match" };
    const call = performance.now();
    const outcome = await this.put(key, `${count + 1}`, condition);
    const counted: Outcome<{ readonly count: number }> =
      outcome.kind !== "ok"
        ? outcome
        : outcome.result.kind === "written"
          ? { kind: "ok", revision: outcome.revision, result: { count: count + 1 } }
          : { kind: "failed" };
    this.#recorder.add({ ...told, kind: "increment", call, return: performance.now(), outcome: counted });
  }

  /** Sends one request again, under its id, until it is told the outcome or loses patience. */
  async #surely<Result>(
    send: (client: Client, asked: Asked) => Promise<Answer>,
    record: (done: Timed, request: string) => Outcome<Result>,
  ): Promise<Outcome<Result>> {
    const request = this.freshId();
    let isUnknown = false;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const done = await timed(() => send(this.#here(), { idempotencyKey: request }));
      const outcome = record(done, request);
      this.#told(done);
      if (outcome.kind === "ok") return outcome;
      isUnknown ||= outcome.kind === "unknown";
      await this.pause(PAUSE_MS * 2 ** attempt);
    }
    return { kind: isUnknown ? "unknown" : "failed" };
  }
}

function conditionAsked(condition: Condition): Asked {
  if (condition.kind === "match") return { ifMatch: condition.modRevision };
  return condition.kind === "none-match" ? { ifNoneMatch: "*" } : {};
}
