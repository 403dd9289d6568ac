import type { WatchEvent } from "../../api/key-value.ts";
import { BALLOT_ZERO, ballotCompare } from "../../core/ballot.ts";
import { ChosenBuffer } from "../../core/learner.ts";
import { CLOSED, type Entry, type Slot } from "../../core/log.ts";
import { type Configuration, configurationEqual } from "../../network/address.ts";
import type { Host } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import type { Query, QueryResult, Result } from "../../state/command.ts";
import { entryDecode } from "../../state/entry.ts";
import { StateMachine } from "../../state/machine.ts";
import { refused } from "../../state/refuse.ts";
import { ResultBudget } from "../../state/result-budget.ts";
import type { Sql } from "../../state/sql.ts";
import * as limits from "../limits.ts";
import { GroupWriter } from "../propose/group-writer.ts";
import { leaderPlacement } from "../propose/leader-placement.ts";
import { Proposer } from "../propose/proposer.ts";
import { Traffic } from "../propose/traffic.ts";
import { ReadRounds } from "../read/read-rounds.ts";
import type { Decided, Hint, LearnerAnswer, LearnerCall, LearnerQuestion, LogStanding, Parts } from "../rpc/call.ts";
import { Health } from "../rpc/health.ts";
import { sizeOf } from "../rpc/size.ts";
import { CatchUp } from "./catch-up.ts";
import { Chores } from "./chores.ts";
import { Gossip } from "./gossip.ts";
import { HomeAcceptor } from "./home-acceptor.ts";
import { RecentEntries } from "./recent.ts";
import { RecentResults } from "./recent-results.ts";
import type { Retention } from "./retention.ts";
import { snapshotServe } from "./snapshot-transfer.ts";
import { Waiters } from "./waiters.ts";

/** Who hears of what a learner applies. */
export interface Audience {
  /** Entries were applied, and `events` are what they changed: whole revisions in order, or nothing. */
  applied(events: readonly WatchEvent[]): void;
  /** The state was replaced by a newer one: read on from it. */
  resume(): void;
  /** How many are listening. */
  readonly size: number;
}

type Call<Kind extends LearnerQuestion["kind"]> = Extract<LearnerQuestion, { readonly kind: Kind }>;

/**
 * A learner: applies chosen entries in slot order, answers reads from what it applied, and passes on what it heard,
 * to the other learners from a proposer, to its own region's acceptor always.
 */
export class Learner {
  readonly machine: StateMachine;
  readonly host: Host;
  readonly parts: Parts;
  readonly configuration: Configuration;
  readonly health: Health;
  readonly waiters: Waiters;
  readonly recent = new RecentEntries();
  readonly #results = new RecentResults();
  readonly #audience: Audience;
  readonly #buffer = new ChosenBuffer(limits.PENDING_ENTRIES_MAX, limits.PENDING_BYTES_MAX);
  readonly #gossip: Gossip;
  readonly #homeAcceptor: HomeAcceptor;
  readonly #catchUp: CatchUp;
  readonly #reads: ReadRounds;
  readonly #chores: Chores;
  #hint: Hint = { ballot: BALLOT_ZERO, openFrom: 1 };
  readonly #writers: GroupWriter;
  readonly #traffic = new Traffic();
  /** The highest slot handed to a writer, and when. */
  #reserved = { slot: 0, at: 0 };
  /** When it last heard everything it knows of. */
  #freshAt: number | undefined;

  /** `arm` asks the host to call `alarm` in about so many milliseconds. */
  constructor(
    sql: Sql,
    host: Host,
    parts: Parts,
    configuration: Configuration,
    audience: Audience,
    arm: (ms: number) => void,
    retention: Retention = {},
  ) {
    this.configuration = configuration;
    this.machine = new StateMachine(sql);
    this.host = host;
    this.parts = parts;
    this.health = new Health(host, parts.region);
    this.waiters = new Waiters(host);
    this.#audience = audience;
    this.#chores = new Chores(this, sql, retention, arm);
    this.#catchUp = new CatchUp(this);
    this.#gossip = new Gossip(this);
    this.#homeAcceptor = new HomeAcceptor(this, () => this.#gossip.heldUpTo);
    this.#writers = new GroupWriter(this);
    this.#reads = new ReadRounds(host, () => {
      const proposer = new Proposer(host, parts, configuration, this.health);
      return proposer.quorumRead(this.appliedUpTo);
    });
  }

  async handle(call: LearnerCall): Promise<LearnerAnswer> {
    if (!configurationEqual(this.configuration, call.configuration)) return { kind: "silent" };
    return this.#answerTo(call);
  }

  async #answerTo(call: LearnerQuestion): Promise<LearnerAnswer> {
    switch (call.kind) {
      case "many":
        return together(await Promise.all(call.questions.map((one) => this.#answerTo(one))));
      case "write":
        return this.#writers.write(call.draft, call.waitMs);
      case "hint":
        return { kind: "hint", ...(call.reserve ? this.reserve() : this.#standing()), placement: this.placement };
      case "learn":
        this.#told(call);
        return { kind: "learned", appliedUpTo: this.appliedUpTo, digest: this.machine.digest };
      case "settle":
        return this.settle(call);
      case "preview":
        return this.#preview(call);
      case "query":
        return this.#query(call);
      case "recall":
        return { kind: "recalled", decided: this.recent.between(call.from, call.to), appliedUpTo: this.appliedUpTo };
      case "snapshot":
        this.#chores.snapshotRead();
        return snapshotServe(this, call);
      case "status": {
        const { revision, digest } = this.machine;
        const watchers = this.#audience.size;
        const { batchSize, contention } = this.#writers;
        const writing = { batchSize, missRate: contention.missRate };
        const { appliedUpTo, lagMs } = this;
        return { kind: "status", appliedUpTo, revision, digest, watchers, hint: this.#hint, writing, lagMs };
      }
    }
  }

  get appliedUpTo(): Slot {
    return this.machine.appliedUpTo;
  }

  get hint(): Hint {
    return this.#hint;
  }

  /** Who is to be asked to lead when nobody does, best first. */
  get placement(): readonly Region[] {
    return leaderPlacement(this.configuration, this.#traffic.shares);
  }

  /** How long ago it knew that it missed nothing; undefined when it never did. */
  get lagMs(): number | undefined {
    return this.#freshAt === undefined ? undefined : this.host.now() - this.#freshAt;
  }

  /** This learner's place among the home learners; decides who goes first where any may. */
  get rank(): number {
    return Math.max(0, this.configuration.members.indexOf(this.parts.region));
  }

  /** Somebody listens: make sure from time to time that nothing was missed. */
  listen(): void {
    this.#chores.soon();
  }

  /** Whether anybody does. */
  get isHeard(): boolean {
    return this.#audience.size > 0;
  }

  async alarm(): Promise<void> {
    await this.#chores.run();
  }

  /** Makes sure that nothing was missed: a lost message must not leave a watcher waiting for the next write. */
  catchUpWithQuorum(): Promise<void> {
    return this.#catchUp.withQuorum();
  }

  /** Runs `install`, which replaces the state by a newer one, and tells those who wait for it. */
  installed(install: () => boolean): boolean {
    if (!install()) return false;
    this.#buffer.dropUpTo(this.appliedUpTo);
    this.#apply();
    this.#audience.resume();
    // Leases and compaction that came with it are this learner's business from now on.
    this.#chores.soon();
    this.waiters.changed();
    return true;
  }

  /** Takes chosen entries from a proposer, or what this learner decided itself, and passes them on. */
  learn(decided: readonly Decided[], hint?: Hint): void {
    const isNews = hint !== undefined && this.adopt(hint);
    const fresh = this.learnQuietly(decided);
    this.#came(this.parts.region, fresh.length);
    // That the log is open again is worth telling by itself, or writers elsewhere go on asking the leader.
    if (fresh.length > 0 || isNews) this.#gossip.tell(fresh);
  }

  /** Takes chosen entries, applies what follows the prefix, and tells nobody but the home acceptor. Returns the new. */
  learnQuietly(decided: readonly Decided[]): readonly Decided[] {
    const fresh = decided.filter(({ slot }) => slot > this.appliedUpTo && this.#buffer.get(slot) === undefined);
    for (const { slot, entry } of fresh) this.#buffer.add(slot, entry);
    this.#apply();
    if (fresh.length > 0) this.#homeAcceptor.tell(fresh);
    return fresh;
  }

  /** Works on a gap below `slot`, in the background; one at a time. */
  catchUp(slot: Slot): void {
    this.#catchUp.start(slot);
  }

  /** The state is as new as anybody could say just now. */
  fresh(): void {
    this.#freshAt = this.host.now();
  }

  #told({ decided, hint, teller }: Call<"learn">): void {
    if (teller === undefined) return this.learn(decided, hint);
    if (hint !== undefined) this.adopt(hint);
    this.#came(teller.region, this.learnQuietly(decided).length);
    this.#gossip.heard(teller);
    if (teller.appliedUpTo > this.appliedUpTo) this.catchUp(teller.appliedUpTo);
  }

  /** Entries came by way of a region's learner: from there, unless a leader sits there and they are everybody's. */
  #came(region: Region, entries: number): void {
    if (entries > 0 && this.#hint.openFrom !== CLOSED) this.#traffic.add(region, entries);
  }

  #apply(): void {
    const events: WatchEvent[] = [];
    let isNew = false;
    let group = this.#next();
    if (group.length === 0) return;
    for (; group.length > 0; group = this.#next()) {
      const first = this.appliedUpTo + 1;
      const entries = group.map(({ id, body }) => ({ id, commands: entryDecode(body) }));
      const applied = this.machine.applyAll(first, entries, this.host.now());
      for (const [index, { commands }] of entries.entries()) {
        isNew ||= commands.some(({ op }) => op.kind === "lease-grant" || op.kind === "compact");
        const entry = group[index];
        if (entry !== undefined) this.recent.add(first + index, entry);
        commands.forEach(({ id }, at) => this.#results.add(id, applied[index]?.results[at]));
        for (const event of applied[index]?.events ?? []) events.push(event);
      }
    }
    if (this.#buffer.highest === 0) this.fresh();
    this.#audience.applied(events);
    this.#chores.applied(isNew);
    this.waiters.changed();
  }

  /** Takes the entries that follow what is applied from the buffer: as many as go into one transaction. */
  #next(): readonly Entry[] {
    const group: Entry[] = [];
    let bytes = 0;
    while (group.length < limits.APPLIED_AT_ONCE_MAX && bytes < limits.APPLIED_AT_ONCE_BYTES) {
      const entry = this.#buffer.take(this.appliedUpTo + group.length);
      if (entry === undefined) break;
      group.push(entry);
      bytes += entry.body.byteLength;
    }
    return group;
  }

  /** Takes a newer hint; false when it is not. */
  adopt({ ballot, openFrom, leader }: Hint): boolean {
    const order = ballotCompare(ballot, this.#hint.ballot);
    const isNewer = order > 0 || (order === 0 && openFrom < this.#hint.openFrom);
    if (isNewer) this.#hint = { ballot, openFrom, leader };
    return isNewer;
  }

  /** Where the log stands, as far as is known here. */
  #standing(): LogStanding {
    const chosen = Math.max(this.appliedUpTo, this.#buffer.highest);
    const { slot, at } = this.#reserved;
    const isHeld = this.host.now() - at < limits.RESERVE_MS && slot < chosen + limits.RESERVED_SLOTS_MAX;
    const nextSlot = (isHeld ? Math.max(chosen, slot) : chosen) + 1;
    return { ...this.#hint, appliedUpTo: this.appliedUpTo, nextSlot, revision: this.machine.revision };
  }

  /**
   * The same for a writer: writers of one region are handed slots of their own for a moment, so that they do not
   * collide. A slot nobody used after all is a gap that the next writer's learner fills. While the log is closed
   * nobody needs one, and never are they handed out far ahead of what is chosen: a command's slot is also its birth.
   */
  reserve(): LogStanding {
    const standing = this.#standing();
    if (this.#hint.openFrom !== CLOSED) this.#reserved = { slot: standing.nextSlot, at: this.host.now() };
    return standing;
  }

  /** Has what a proposer decided applied, and answers with the results of `requestIds`. */
  async settle(call: Call<"settle">): Promise<LearnerAnswer> {
    this.learn(call.decided, call.hint);
    if (this.appliedUpTo < call.slot) this.catchUp(call.slot);
    await this.waiters.until(() => this.appliedUpTo >= call.slot, call.waitMs);
    if (this.appliedUpTo < call.slot) return this.#behind();
    // Of a command that came too far from its birth nothing is kept. The others of its batch have their results.
    const budget = new ResultBudget();
    const results = call.requestIds.map((id) =>
      budget.fit(this.#result(id) ?? refused("expired", this.machine.revision)),
    );
    return { kind: "settled", results, appliedUpTo: this.appliedUpTo };
  }

  async #preview({ slot, entry, waitMs }: Call<"preview">): Promise<LearnerAnswer> {
    await this.waiters.until(() => this.appliedUpTo >= slot - 1, waitMs);
    const { appliedUpTo } = this;
    if (appliedUpTo < slot - 1) return this.#behind();
    const commands = entryDecode(entry.body);
    if (appliedUpTo < slot) {
      return { kind: "settled", results: this.machine.preview(slot, { id: entry.id, commands }), appliedUpTo };
    }
    // A learner that is past the slot knows what became of it; that it was this entry, the votes tell the caller.
    const results = commands.flatMap(({ id }) => this.#result(id) ?? []);
    return results.length < commands.length ? this.#behind() : { kind: "settled", results, appliedUpTo };
  }

  /** The first result of a request: whole, if it is recent, else what is kept of it. */
  #result(requestId: string): Result | undefined {
    return this.#results.get(requestId) ?? this.machine.result(requestId);
  }

  async #query(call: Call<"query">): Promise<LearnerAnswer> {
    const { query, minRevision = 0, waitMs } = call;
    let { slot = 0 } = call;
    if (call.linearizable === true) {
      const plan = await this.#reads.next();
      if (plan === undefined) return { kind: "no-quorum" };
      slot = Math.max(slot, plan.slot);
    }
    const ready = () => this.appliedUpTo >= slot && this.machine.revision >= minRevision;
    if (this.appliedUpTo < slot) this.catchUp(slot);
    if (!(await this.waiters.until(ready, waitMs))) return this.#behind();
    const { appliedUpTo, lagMs } = this;
    return { kind: "answer", result: this.#answer(query), appliedUpTo, lagMs };
  }

  /** What a lease has left is a matter of this learner's clock. */
  #answer(query: Query): QueryResult {
    const result = this.machine.query(query);
    if (result.kind !== "lease") return result;
    const passedMs = this.host.now() - result.heardMs;
    return { ...result, remaining: Math.max(0, Math.ceil(result.grantedTtl - passedMs / 1_000)) };
  }

  #behind(): LearnerAnswer {
    return { kind: "behind", appliedUpTo: this.appliedUpTo, revision: this.machine.revision };
  }
}

/** Answers of one message: what would make it too large is to be asked for again, alone. */
function together(answers: readonly LearnerAnswer[]): LearnerAnswer {
  let bytes = 0;
  const fitting = answers.map((answer, index): LearnerAnswer => {
    const size = sizeOf(answer);
    if (index > 0 && bytes + size > limits.MESSAGE_BYTES_MAX) return { kind: "apart" };
    bytes += size;
    return answer;
  });
  return { kind: "many", answers: fitting };
}
