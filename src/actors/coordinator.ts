import { BALLOT_ZERO, ballotEqual } from "../core/ballot.ts";
import { CLOSED, type Entry, type Slot } from "../core/log.ts";
import { quorumsFor } from "../core/quorum.ts";
import { addressOf, type Configuration } from "../network/address.ts";
import { type Host, sleep } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import { byDistance, quorumRoundTripMs, roundTripMs } from "../network/round-trip.ts";
import type { Command, Query, Revision } from "../state/command.ts";
import { entryEncode } from "../wire/entry.ts";
import type { Decided, Hint, LearnerAnswer, LearnerCall, Parts } from "./call.ts";
import type { Health } from "./health.ts";
import type { HintCache, LogHint } from "./hint-cache.ts";
import * as limits from "./limits.ts";
import type { Path, ReadOutcome, ReadRequest, WriteOutcome, WriteRequest } from "./outcome.ts";
import { hintOf, Proposer } from "./proposer.ts";

/** What outlives a request in the process that serves it: memory of who answers, and hints. */
export interface Memory {
  readonly acceptors: Health;
  readonly learners: Health;
  readonly leaders: Health;
  readonly hints: HintCache;
}

/** Regions this near are asked for a fresh hint each time; from farther away a remembered one is tried first. */
const NEAR_MS = 10;
/** How long a local read waits for its `min_revision` before it asks the quorum. */
const LOCAL_WAIT_MS = 250;
/** How many leaders are asked before the Worker recovers by itself. */
const LEADERS_TRIED_MAX = 2;

/** Serves one request of a client: proposes, reads, and takes the result from the nearest learner that has it. */
export class RequestCoordinator {
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #configuration: Configuration;
  readonly #memory: Memory;
  readonly #proposer: Proposer;

  constructor(host: Host, parts: Parts, configuration: Configuration, memory: Memory) {
    this.#host = host;
    this.#parts = parts;
    this.#configuration = configuration;
    this.#memory = memory;
    this.#proposer = new Proposer(host, parts, configuration, memory.acceptors);
  }

  async write({ op, requestId = this.#host.freshId(), deadlineMs }: WriteRequest): Promise<WriteOutcome> {
    const deadlineAt = this.#deadline(deadlineMs);
    const hint = await this.#hint();
    const command: Command = { id: requestId, birth: hint.nextSlot, op };
    const attempt: Attempt = {
      command,
      entry: { id: this.#host.freshId(), body: entryEncode([command]) },
      deadlineAt,
      hint,
      slot: hint.nextSlot,
      knownUpTo: hint.appliedUpTo,
      mayBeVoted: false,
    };
    const fast = await this.#fast(attempt);
    if (fast !== undefined) return this.#settle(attempt, fast, "fast");
    const led = await this.#submit(attempt);
    if (led !== undefined) return led;
    const classic = await this.#classic(attempt);
    if (classic !== undefined) return this.#settle(attempt, classic, "classic");
    this.#remember(attempt);
    const detail = "too few acceptors answered before the deadline";
    return attempt.mayBeVoted ? { kind: "outcome-unknown", detail } : { kind: "no-quorum", detail };
  }

  async read({ query, consistency, minRevision, deadlineMs }: ReadRequest): Promise<ReadOutcome> {
    const deadlineAt = this.#deadline(deadlineMs);
    if (consistency === "local") {
      const local = await this.#readLocal(query, minRevision);
      if (local !== undefined) return local;
    }
    const near = await this.#readNear(query, deadlineAt);
    if (near !== undefined) return near;
    for (let attempt = 0; this.#host.now() < deadlineAt; attempt++) {
      if (attempt > 0) await this.#proposer.hedge();
      const appliedUpTo = this.#memory.hints.get(this.#configuration.namespace)?.appliedUpTo ?? 0;
      const plan = await this.#proposer.quorumRead(appliedUpTo);
      if (plan === undefined) {
        if (attempt > 0) return { kind: "no-quorum", detail: "too few acceptors answered" };
        continue;
      }
      const call = {
        kind: "query",
        configuration: this.#configuration,
        query,
        slot: plan.slot,
        waitMs: this.#waitMs(),
      } as const;
      const answer = await this.#askLearners(call, deadlineAt);
      const trips = this.#proposer.trips;
      if (answer?.kind === "answer") return { kind: "answer", result: answer.result, path: "quorum-read", trips };
    }
    return { kind: "no-quorum", detail: "no learner could answer before the deadline" };
  }

  /**
   * Through a learner of this region, which asks the quorum for many readers at once. Undefined when there is none, or
   * it can not say.
   */
  async #readNear(query: Query, deadlineAt: number): Promise<ReadOutcome | undefined> {
    const nearest = this.#nearLearner();
    if (nearest === undefined) return undefined;
    const waitMs = Math.min(this.#waitMs(), deadlineAt - this.#host.now());
    const call = { kind: "query", configuration: this.#configuration, query, linearizable: true, waitMs } as const;
    const answer = await this.#askLearner(nearest, call, waitMs);
    if (answer?.kind !== "answer") return undefined;
    return { kind: "answer", result: answer.result, path: "quorum-read", trips: 1 };
  }

  /** A learner so near, and so well, that asking it first costs nothing. */
  #nearLearner(): Region | undefined {
    const nearest = this.#learners()[0];
    if (nearest === undefined || this.#memory.learners.suspects(nearest)) return undefined;
    return roundTripMs(this.#parts.region, nearest) <= NEAR_MS ? nearest : undefined;
  }

  /** From the nearest learner that answers; undefined when it has not reached `minRevision` in a moment. */
  async #readLocal(query: Query, minRevision: Revision | undefined): Promise<ReadOutcome | undefined> {
    for (const region of this.#learners()) {
      const waitMs = minRevision === undefined ? 0 : LOCAL_WAIT_MS;
      const call = { kind: "query", configuration: this.#configuration, query, minRevision, waitMs } as const;
      const answer = await this.#askLearner(region, call, waitMs);
      if (answer?.kind === "behind") return undefined;
      if (answer?.kind !== "answer") continue;
      return { kind: "answer", result: answer.result, path: "local", trips: 0, lagMs: answer.lagMs };
    }
    return undefined;
  }

  /** Races in open slots; the slot it was chosen in, or undefined when recovery is called for. */
  async #fast(attempt: Attempt): Promise<Chosen | undefined> {
    for (let miss = 0; miss < limits.FAST_ATTEMPTS_MAX && this.#host.now() < attempt.deadlineAt; miss++) {
      if (!this.#proposer.fastPossible || attempt.hint.openFrom === CLOSED) return undefined;
      attempt.slot = Math.max(attempt.slot, attempt.hint.openFrom);
      const { entry, slot, hint } = attempt;
      const { verdict, position, anyVote } = await this.#proposer.fast(entry, slot, hint);
      attempt.mayBeVoted ||= anyVote;
      if (verdict.kind === "chosen") return { slot, decided: [{ slot, entry }], hint };
      if (position !== undefined) {
        attempt.hint = hintOf(position);
        attempt.knownUpTo = Math.max(attempt.knownUpTo, position.chosenUpTo);
      }
      if (verdict.kind === "unreachable" || (verdict.kind === "collision" && verdict.mine)) return undefined;
      // The slot is somebody else's business now; an equal or newer hint says where to go on.
      const moved = !ballotEqual(attempt.hint.ballot, hint.ballot);
      attempt.slot = Math.max(moved ? attempt.knownUpTo : slot, attempt.knownUpTo) + 1;
    }
    return undefined;
  }

  /**
   * Hands the command to the distinguished proposer, which ends the race: the one that leads, or else the best placed,
   * which everybody agrees on. Undefined when none could be reached or decide.
   */
  async #submit(attempt: Attempt): Promise<WriteOutcome | undefined> {
    const configuration = this.#configuration;
    const { leaders } = this.#memory;
    const candidates = leaderCandidates(configuration, attempt.hint.leader).filter((one) => !leaders.suspects(one));
    for (const region of candidates.slice(0, LEADERS_TRIED_MAX)) {
      const waitMs = Math.min(limits.LEADER_PATIENCE_MS, attempt.deadlineAt - this.#host.now());
      if (waitMs <= 0) return undefined;
      const to = addressOf(configuration, "leader", region);
      const call = { kind: "submit", configuration, command: attempt.command, waitMs } as const;
      this.#proposer.trips++;
      const outcome = await this.#parts.leaders.call(to, call, leaders.timeoutMs(region) + waitMs);
      if (!outcome.ok || outcome.answer.kind !== "submitted") {
        leaders.missed(region);
        attempt.mayBeVoted ||= !outcome.ok || (outcome.answer.kind === "failed" && outcome.answer.mayBeVoted);
        continue;
      }
      leaders.answered(region);
      const { result, slot, hint } = outcome.answer;
      this.#remember({ ...attempt, hint, slot });
      return { kind: "applied", result, path: "leader", trips: this.#proposer.trips };
    }
    return undefined;
  }

  /** Recovers, with the command in the first slot that is free, as often as the deadline allows. */
  async #classic(attempt: Attempt): Promise<Chosen | undefined> {
    while (this.#host.now() < attempt.deadlineAt) {
      await this.#proposer.hedge();
      const { knownUpTo, entry: own, deadlineAt } = attempt;
      const finished = await this.#proposer.recover({ from: knownUpTo + 1, upTo: 0, own, deadlineAt });
      attempt.mayBeVoted ||= finished.ownMayBeVoted;
      const { ownSlot, decided, hint } = finished;
      if (hint !== undefined) attempt.hint = hint;
      if (ownSlot !== undefined) return { slot: ownSlot, decided, hint };
    }
    return undefined;
  }

  /** Tells the nearest learner what was chosen and takes the result from it. */
  async #settle(attempt: Attempt, { slot, decided, hint }: Chosen, path: Path): Promise<WriteOutcome> {
    this.#remember({ ...attempt, slot });
    const trips = this.#proposer.trips;
    const requestIds = [attempt.command.id];
    const configuration = this.#configuration;
    const call = { kind: "settle", configuration, decided, hint, slot, requestIds, waitMs: this.#waitMs() } as const;
    const answer = await this.#askLearners(call, attempt.deadlineAt);
    const result = answer?.kind === "settled" ? answer.results[0] : undefined;
    if (result !== undefined) return { kind: "applied", result, path, trips };
    return { kind: "outcome-unknown", detail: `chosen in slot ${slot}, but no learner could apply it in time` };
  }

  /**
   * Asks the learners, nearest first, the next one as soon as one is slower than it should be or can not say; the
   * first answer counts.
   */
  async #askLearners(
    call: LearnerCall & { readonly waitMs: number },
    deadlineAt: number,
  ): Promise<LearnerAnswer | undefined> {
    let found: LearnerAnswer | undefined;
    while (found === undefined && this.#host.now() < deadlineAt) {
      const asked: Promise<void>[] = [];
      for (const region of this.#learners()) {
        const one = this.#askLearner(region, call, call.waitMs).then((answer) => {
          if (answer !== undefined && answer.kind !== "behind") found ??= answer;
        });
        asked.push(one);
        await Promise.race([one, sleep(this.#host, this.#memory.learners.timeoutMs(region))]);
        if (found !== undefined) return found;
      }
      await Promise.race([Promise.all(asked), sleep(this.#host, Math.max(0, deadlineAt - this.#host.now()))]);
    }
    return found;
  }

  async #askLearner(region: Region, call: LearnerCall, waitMs: number): Promise<LearnerAnswer | undefined> {
    const { learners } = this.#memory;
    const to = addressOf(this.#configuration, "learner", region);
    const outcome = await this.#parts.learners.call(to, call, learners.timeoutMs(region) + waitMs);
    if (!outcome.ok || outcome.answer.kind === "silent") {
      learners.missed(region);
      return undefined;
    }
    learners.answered(region);
    return outcome.answer;
  }

  /** Where to write: from the nearest learner, or from memory when that is far away. */
  async #hint(): Promise<LogHint> {
    const { namespace } = this.#configuration;
    const remembered = this.#memory.hints.get(namespace);
    const isWorn = remembered !== undefined && this.#wornOut(remembered);
    if (remembered !== undefined && !isWorn && this.#nearLearner() === undefined) return remembered;
    for (const region of this.#learners()) {
      const call = { kind: "hint", configuration: this.#configuration, reserve: true } as const;
      const answer = await this.#askLearner(region, call, 0);
      if (answer?.kind !== "hint") continue;
      const heard = { ...answer, heardAt: this.#host.now() };
      this.#memory.hints.set(namespace, heard);
      return heard;
    }
    return remembered ?? { ballot: BALLOT_ZERO, openFrom: 1, appliedUpTo: 0, nextSlot: 1, heardAt: 0 };
  }

  /** A log that was closed may be open by now: its leader opens it when it has had nothing to do for so long. */
  #wornOut({ openFrom, heardAt }: LogHint): boolean {
    return openFrom === CLOSED && this.#host.now() - heardAt > limits.LEADER_IDLE_MS;
  }

  #remember({ hint, knownUpTo, slot }: Attempt): void {
    const appliedUpTo = knownUpTo;
    const nextSlot = Math.max(slot, knownUpTo) + 1;
    const heardAt = this.#host.now();
    this.#memory.hints.set(this.#configuration.namespace, { ...hint, appliedUpTo, nextSlot, heardAt });
  }

  /** Home learners, the nearest first, those who did not answer lately last. */
  #learners(): Region[] {
    const { learners } = this.#memory;
    const near = byDistance(this.#parts.region, this.#configuration.members);
    return [
      ...near.filter((region) => !learners.suspects(region)),
      ...near.filter((region) => learners.suspects(region)),
    ];
  }

  /** How long a learner may wait for what it has not applied: long enough to drive a gap itself. */
  #waitMs(): number {
    const { members } = this.#configuration;
    return 4 * quorumRoundTripMs(this.#parts.region, members, members.length) + limits.CALL_MARGIN_MS;
  }

  #deadline(deadlineMs = limits.REQUEST_DEADLINE_MS): number {
    return this.#host.now() + Math.min(deadlineMs, limits.REQUEST_DEADLINE_MS);
  }
}

/** One command on its way into the log. */
interface Attempt {
  readonly command: Command;
  readonly entry: Entry;
  readonly deadlineAt: number;
  hint: Hint;
  slot: Slot;
  /** A prefix that is known to be chosen. */
  knownUpTo: Slot;
  mayBeVoted: boolean;
}

interface Chosen {
  readonly slot: Slot;
  readonly decided: readonly Decided[];
  readonly hint?: Hint | undefined;
}

/** The one that leads, then by what a write from anywhere costs through it: the way to it and to its majority. */
function leaderCandidates({ members }: Configuration, leading: string | undefined): Region[] {
  const majority = quorumsFor(members.length).classic;
  const cost = (region: Region) =>
    members.reduce((sum, from) => sum + roundTripMs(from, region), 0) / members.length +
    quorumRoundTripMs(region, members, majority);
  const placed = [...members].sort((a, b) => cost(a) - cost(b));
  return placed.sort((a, b) => Number(b === leading) - Number(a === leading));
}
