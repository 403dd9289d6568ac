import { env as bindings, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { utf8Encode } from "../../src/api/bytes.ts";
import { BALLOT_ZERO } from "../../src/core/ballot.ts";
import type { Entry } from "../../src/core/log.ts";
import type { AcceptorReply, AcceptorRequest, VotesReply } from "../../src/core/message.ts";
import { addressName, addressOf, type Configuration, type Role } from "../../src/network/address.ts";
import type { Region } from "../../src/network/region.ts";
import { Memory, RequestCoordinator } from "../../src/node/coordinate/request-coordinator.ts";
import type {
  AcceptorAnswer,
  AcceptorCall,
  Decided,
  LearnerAnswer,
  LearnerCall,
  Teller,
} from "../../src/node/rpc/call.ts";
import type { LeaderAnswer, LeaderCall } from "../../src/node/rpc/leader-call.ts";
import type { Handler } from "../../src/objects/durable-network.ts";
import { configurationOf, type Env } from "../../src/objects/env.ts";
import { partsFrom } from "../../src/objects/parts.ts";
import { runtimeHost } from "../../src/objects/runtime-host.ts";
import { ROOT } from "../../src/policy/caller.ts";
import type { Command, Op } from "../../src/state/command.ts";
import { entryEncode } from "../../src/state/entry.ts";

export const env = bindings as unknown as Env;
const BINDINGS = { acceptor: env.ACCEPTOR, learner: env.LEARNER, leader: env.LEADER } as const;

/** Long enough for a machine with other things to do; nothing is measured by it. */
const PATIENCE_MS = 20_000;
const POLL_MS = 15;
const ENTRIES_AT_ONCE = 200;
const DIGEST_EMPTY = "0".repeat(64);
vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

type Sought<Answers extends { readonly kind: string }, Kind extends string> = Extract<Answers, { readonly kind: Kind }>;

/** A namespace that no other test has, over the real objects. Every call goes through a fresh stub. */
export class Namespace {
  readonly configuration: Configuration = configurationOf(env, `t-${crypto.randomUUID()}`);

  get regions(): readonly Region[] {
    return this.configuration.members;
  }

  /** The object itself, as the test tools want it. */
  stub(role: Role, region: Region): DurableObjectStub {
    const objects = BINDINGS[role as keyof typeof BINDINGS] as unknown as DurableObjectNamespace;
    return objects.getByName(addressName(addressOf(this.configuration, role, region)));
  }

  /** Tears the instance down; what it stored stays, and so do its sockets. */
  async evict(role: Role, region: Region, webSockets: "hibernate" | "close" = "hibernate"): Promise<void> {
    // An object that does not run can not be evicted.
    await this.inStorage(role, region, () => undefined);
    await evictDurableObject(this.stub(role, region), { webSockets });
  }

  /** The same, at once and with its sockets cut off, as when a machine dies or new code is deployed. */
  async crash(role: Role, region: Region): Promise<void> {
    const crashed = runInDurableObject(this.stub(role, region), (_, state) => state.abort("crash"));
    await crashed.catch(() => undefined);
  }

  async evictAll(role: Role): Promise<void> {
    for (const region of this.regions) await this.evict(role, region);
  }

  /** Runs the alarm now, if one is set. */
  alarm(role: Role, region: Region): Promise<boolean> {
    return runDurableObjectAlarm(this.stub(role, region));
  }

  inStorage<T>(role: Role, region: Region, look: (storage: DurableObjectStorage) => T): Promise<Awaited<T>> {
    return runInDurableObject(this.stub(role, region), (_, { storage }) => look(storage)) as Promise<Awaited<T>>;
  }

  acceptor(region: Region, call: AcceptorCall): Promise<AcceptorAnswer> {
    return (this.stub("acceptor", region) as unknown as Handler<AcceptorCall, AcceptorAnswer>).handle(call);
  }

  leader(region: Region, command: Command, waitMs = PATIENCE_MS): Promise<LeaderAnswer> {
    const stub = this.stub("leader", region) as unknown as Handler<LeaderCall, LeaderAnswer>;
    return stub.handle({ kind: "submit", configuration: this.configuration, commands: [command], waitMs });
  }

  async learner<Kind extends LearnerAnswer["kind"]>(
    region: Region,
    call: WithoutConfiguration<LearnerCall>,
    expected: Kind,
  ): Promise<Sought<LearnerAnswer, Kind>> {
    const stub = this.stub("learner", region) as unknown as Handler<LearnerCall, LearnerAnswer>;
    const answer = await stub.handle({ ...call, configuration: this.configuration } as LearnerCall);
    if (answer.kind !== expected) throw new Error(`expected ${expected} of ${region}, got ${JSON.stringify(answer)}`);
    return answer as Sought<LearnerAnswer, Kind>;
  }

  /** Steps of the protocol at one acceptor, in one turn. */
  async steps(region: Region, ...requests: readonly AcceptorRequest[]): Promise<readonly AcceptorReply[]> {
    const call = { kind: "steps", configuration: this.configuration } as const;
    let answer = await this.acceptor(region, { ...call, requests });
    if (answer.kind === "silent" && answer.why === "blank") {
      // One that was never used tells so, and nothing more: it enrols for a promise, here of what it promised anyway.
      await this.acceptor(region, { ...call, requests: [{ kind: "prepare", ballot: BALLOT_ZERO, from: 1 }] });
      answer = await this.acceptor(region, { ...call, requests });
    }
    if (answer.kind !== "replies") throw new Error(`${region} is ${answer.kind}`);
    return answer.replies;
  }

  async step(region: Region, request: AcceptorRequest): Promise<AcceptorReply> {
    const [reply] = await this.steps(region, request);
    if (reply === undefined) throw new Error("a step has a reply");
    return reply;
  }

  async votes(region: Region): Promise<VotesReply> {
    return (await this.step(region, { kind: "votes" })) as VotesReply;
  }

  status(region: Region) {
    return this.learner(region, { kind: "status" }, "status");
  }

  /** What one request of a client in `region` is served by, with nothing remembered from any other but `memory`. */
  client(region: Region, memory = new Memory({ now: () => Date.now() }, region)): RequestCoordinator {
    const host = runtimeHost(() => undefined);
    return new RequestCoordinator(host, partsFrom(env, host, region), this.configuration, memory);
  }

  /** Writes as a client does; the revision it came to. */
  async write(region: Region, op: Op, requestId?: string): Promise<number> {
    const outcome = await this.client(region).write({ op, requestId });
    if (outcome.kind !== "applied") throw new Error(`${outcome.kind}: ${outcome.detail}`);
    return outcome.result.revision;
  }

  /** Acceptors know these slots to be chosen, and no learner has heard of it. */
  async record(decided: readonly Decided[], regions = this.regions): Promise<void> {
    const chosen = decided.map(({ slot, entry }) => ({ slot, entryId: entry.id, entry }));
    for (let from = 0; from < chosen.length; from += ENTRIES_AT_ONCE) {
      const request = { kind: "learn", chosen: chosen.slice(from, from + ENTRIES_AT_ONCE) } as const;
      await Promise.all(regions.map((region) => this.step(region, request)));
    }
  }

  /** Tells one learner, as another learner does: it passes nothing on. */
  async tell(region: Region, decided: readonly Decided[], teller: Partial<Teller> = {}): Promise<number> {
    const nobody: Teller = { region, appliedUpTo: 0, digest: DIGEST_EMPTY, heldUpTo: 0 };
    const call = { kind: "learn", decided, teller: { ...nobody, ...teller } } as const;
    return (await this.learner(region, call, "learned")).appliedUpTo;
  }

  /** Until every learner has applied `slot`, or all that any of them has. */
  async settled(slot?: number): Promise<number> {
    let applied: readonly number[] = [];
    await until(async () => {
      applied = await Promise.all(this.regions.map(async (region) => (await this.status(region)).appliedUpTo));
      return new Set(applied).size === 1 && (applied[0] ?? 0) >= (slot ?? 0);
    });
    return applied[0] ?? 0;
  }

  /** Until no acceptor holds anything undecided, and all know the same prefix. */
  async quiet(): Promise<number> {
    let prefixes: readonly number[] = [];
    await until(async () => {
      const held = await Promise.all(this.regions.map((region) => this.votes(region)));
      prefixes = held.map(({ position }) => position.chosenUpTo);
      return new Set(prefixes).size === 1 && held.every(({ votes, known }) => votes.length + known.length === 0);
    });
    return prefixes[0] ?? 0;
  }

  /** The value of a key as one learner has it now. */
  async local(region: Region, key: string): Promise<string | undefined> {
    const query = { kind: "range", key: utf8Encode(key) } as const;
    const { result } = await this.learner(region, { kind: "query", caller: ROOT, query, waitMs: 0 }, "answer");
    if (result.kind !== "range") throw new Error(`a range was ${result.kind}`);
    const [found] = result.kvs;
    return found && new TextDecoder().decode(found.value);
  }
}

type WithoutConfiguration<Call> = Call extends unknown ? Omit<Call, "configuration"> : never;

/** Waits for a condition, however long it takes; a test that waits in vain is told what for. */
export async function until(ready: () => Promise<boolean> | boolean): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await ready())) {
    if (Date.now() > giveUpAt) throw new Error(`waited in vain until ${ready.toString()}`);
    await pause(POLL_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

export function put(key: string, value = "v", more: { readonly lease?: string } = {}): Op {
  return { kind: "put", key: utf8Encode(key), value: utf8Encode(value), ...more };
}

export function command(op: Op, birth: number, id: string = crypto.randomUUID()): Command {
  return { id, birth, op };
}

/** An entry whose body follows from its id, as entries with one id must be equal. */
export function entryNamed(id: string): Entry {
  return { id, body: entryEncode([command(put(id), 1, id)]) };
}

/** An entry that nobody else has made. */
export function entryOf(...commands: readonly Command[]): Entry {
  return { id: crypto.randomUUID(), body: entryEncode(commands) };
}

/** `count` chosen slots from `from` on, each a put of its own. */
export function chosenPuts(from: number, count: number, value = "v"): readonly Decided[] {
  return Array.from({ length: count }, (_, index) => {
    const slot = from + index;
    return { slot, entry: entryOf(command(put(`key-${slot}`, value), slot)) };
  });
}
