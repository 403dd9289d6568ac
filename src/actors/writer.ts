import { BALLOT_ZERO, ballotEqual } from "../core/ballot.ts";
import { CLOSED, type Entry, type Slot } from "../core/log.ts";
import { addressOf } from "../network/address.ts";
import { type Host, sleep } from "../network/host.ts";
import type { Outcome } from "../network/network.ts";
import type { Region } from "../network/region.ts";
import type { Command, Op, Result } from "../state/command.ts";
import { entryEncode } from "../wire/entry.ts";
import type { Decided, Hint, LeaderAnswer, LearnerAnswer } from "./call.ts";
import type { Memory } from "./coordinator.ts";
import type { LogHint } from "./hint-cache.ts";
import { leaderPlacement } from "./leader-placement.ts";
import * as limits from "./limits.ts";
import type { NearLearners } from "./near-learners.ts";
import type { Path, WriteOutcome } from "./outcome.ts";
import { hintOf, type Proposer } from "./proposer.ts";
import { askOne } from "./round.ts";

/** How many leaders are asked before the Worker recovers by itself. */
const LEADERS_TRIED_MAX = 2;

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
  /** What a learner says the entry would come to in this slot. */
  preview?: { readonly slot: Slot; readonly result: Promise<Result | undefined> } | undefined;
}

interface Chosen {
  readonly slot: Slot;
  readonly decided: readonly Decided[];
  readonly hint?: Hint | undefined;
}

/** Writes for one request: races, hands over to a leader, recovers, in this order (protocol, "Proposer"). */
export class Writer {
  readonly #host: Host;
  readonly #proposer: Proposer;
  readonly #learners: NearLearners;
  readonly #memory: Memory;

  constructor(host: Host, proposer: Proposer, learners: NearLearners, memory: Memory) {
    this.#host = host;
    this.#proposer = proposer;
    this.#learners = learners;
    this.#memory = memory;
  }

  async write(op: Op, requestId: string, deadlineAt: number): Promise<WriteOutcome> {
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

  /** Races in open slots; the slot it was chosen in, or undefined when recovery is called for. */
  async #fast(attempt: Attempt): Promise<Chosen | undefined> {
    for (let miss = 0; miss < limits.FAST_ATTEMPTS_MAX && this.#host.now() < attempt.deadlineAt; miss++) {
      if (!this.#proposer.fastPossible || attempt.hint.openFrom === CLOSED) return undefined;
      attempt.slot = Math.max(attempt.slot, attempt.hint.openFrom);
      this.#preview(attempt);
      const { entry, slot, hint } = attempt;
      const { verdict, position, anyVote } = await this.#proposer.fast(entry, slot, hint);
      attempt.mayBeVoted ||= anyVote;
      if (verdict.kind === "chosen") return { slot, decided: [{ slot, entry }], hint };
      if (position !== undefined) {
        attempt.hint = hintOf(position);
        attempt.knownUpTo = Math.max(attempt.knownUpTo, position.chosenUpTo);
      }
      // The next slot is even farther ahead of an acceptor that is behind already.
      if (verdict.kind === "unreachable" || verdict.kind === "window") return undefined;
      if (verdict.kind === "collision" && verdict.mine) return undefined;
      // The slot is somebody else's business now; an equal or newer hint says where to go on.
      const moved = !ballotEqual(attempt.hint.ballot, hint.ballot);
      attempt.slot = Math.max(moved ? attempt.knownUpTo : slot, attempt.knownUpTo) + 1;
    }
    return undefined;
  }

  /**
   * Where no learner is near, asks the nearest one while the votes are under way what the entry would come to in this
   * slot: the answer is good once the entry is chosen in it, and saves the way there and back.
   */
  #preview(attempt: Attempt): void {
    const nearest = this.#learners.order()[0];
    if (nearest === undefined || this.#learners.here() !== undefined) return;
    const { slot, entry, command } = attempt;
    const { configuration } = this.#proposer;
    const { waitMs } = this.#learners;
    const call = { kind: "preview", configuration, slot, entry, requestId: command.id, waitMs } as const;
    const result = this.#learners.ask(nearest, call, waitMs).then(firstResult);
    attempt.preview = { slot, result };
  }

  /**
   * Hands the command to the distinguished proposer, which ends the race. Undefined when none could be reached or
   * decide.
   */
  async #submit(attempt: Attempt): Promise<WriteOutcome | undefined> {
    const { configuration } = this.#proposer;
    const { leaders, acceptors } = this.#memory;
    // The round before this one has shown which regions answer at all; to wait for a leader elsewhere takes seconds.
    const candidates = leaderPlacement(configuration, attempt.hint.leader).filter(
      (one) => !leaders.suspects(one) && !acceptors.suspects(one),
    );
    for (const region of candidates.slice(0, LEADERS_TRIED_MAX)) {
      const outcome = await this.#submitTo(region, attempt);
      if (outcome === undefined) return undefined;
      if (!outcome.ok || outcome.answer.kind !== "submitted") {
        leaders.missed(region);
        continue;
      }
      leaders.answered(region);
      const { result, slot, hint } = outcome.answer;
      this.#remember({ ...attempt, hint, slot });
      return { kind: "applied", result, path: "leader", trips: this.#proposer.trips };
    }
    return undefined;
  }

  /** One leader's answer, asked again as long as it leads and is busy; undefined when time is up. */
  async #submitTo(region: Region, attempt: Attempt): Promise<Outcome<LeaderAnswer> | undefined> {
    const { configuration, parts } = this.#proposer;
    const { leaders } = this.#memory;
    const to = addressOf(configuration, "leader", region);
    for (;;) {
      const waitMs = Math.min(limits.LEADER_PATIENCE_MS, attempt.deadlineAt - this.#host.now());
      if (waitMs <= 0) return undefined;
      const call = { kind: "submit", configuration, command: attempt.command, waitMs } as const;
      this.#proposer.trips++;
      const answer = parts.leaders.call(to, call, leaders.timeoutMs(region) + waitMs);
      const outcome = await Promise.race([answer, this.#unlessGone(region, answer)]);
      attempt.mayBeVoted ||= !outcome.ok || outcome.repeated === true || outcome.answer.kind !== "silent";
      if (!outcome.ok || outcome.answer.kind !== "busy") return outcome;
      await sleep(this.#host, this.#host.random() * limits.LEADER_BUSY_MS);
    }
  }

  /**
   * `answer`, or a time-out as soon as it is late and the acceptor of that region does not answer either: an election
   * may take its time, a region that is gone is not waited for.
   */
  async #unlessGone<Answer>(region: Region, answer: Promise<Outcome<Answer>>): Promise<Outcome<Answer>> {
    let isAnswered = false;
    const noted = answer.then((outcome) => {
      isAnswered = true;
      return outcome;
    });
    await sleep(this.#host, this.#memory.leaders.timeoutMs(region));
    if (isAnswered) return noted;
    const call = { kind: "steps", configuration: this.#proposer.configuration, requests: [{ kind: "votes" }] } as const;
    const sign = await askOne(this.#proposer, region, call);
    return sign === "lost" ? { ok: false, why: "timeout" } : noted;
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

  /** Tells the nearest learner what was chosen, and takes the result from it if nobody had it ready. */
  async #settle(attempt: Attempt, { slot, decided, hint }: Chosen, path: Path): Promise<WriteOutcome> {
    this.#remember({ ...attempt, slot });
    const { configuration, trips } = this.#proposer;
    const requestIds = [attempt.command.id];
    const { waitMs } = this.#learners;
    const call = { kind: "settle", configuration, decided, hint, slot, requestIds, waitMs } as const;
    const settled = this.#learners.askAny(call, attempt.deadlineAt).then(firstResult);
    this.#host.background(settled);

    const { preview } = attempt;
    const ready = preview?.slot === slot ? preview.result : undefined;
    const result = ready === undefined ? await settled : await firstOf(ready, settled);
    if (result !== undefined) return { kind: "applied", result, path, trips };
    return { kind: "outcome-unknown", detail: `chosen in slot ${slot}, but no learner could apply it in time` };
  }

  /** Where to write: from the nearest learner, or from memory when that is far away. */
  async #hint(): Promise<LogHint> {
    const { configuration } = this.#proposer;
    const { hints } = this.#memory;
    const remembered = hints.get(configuration.namespace);
    const isWorn = remembered !== undefined && this.#wornOut(remembered);
    if (remembered !== undefined && !isWorn && this.#learners.here() === undefined) return remembered;
    for (const region of this.#learners.order()) {
      const answer = await this.#learners.ask(region, { kind: "hint", configuration, reserve: true }, 0);
      if (answer?.kind !== "hint") continue;
      const heard = { ...answer, heardAt: this.#host.now() };
      hints.set(configuration.namespace, heard);
      return heard;
    }
    const told = await this.#proposer.freshHint();
    if (told !== undefined) {
      const { chosenUpTo, ...hint } = told;
      return { ...hint, appliedUpTo: chosenUpTo, nextSlot: chosenUpTo + 1, heardAt: this.#host.now() };
    }
    return remembered ?? { ballot: BALLOT_ZERO, openFrom: 1, appliedUpTo: 0, nextSlot: 1, heardAt: 0 };
  }

  /**
   * A log that was closed may be open by now: its leader opens it when it has had nothing to do for so long. And one
   * that was open may have grown so far that a command born where it ended then would have expired.
   */
  #wornOut({ openFrom, heardAt }: LogHint): boolean {
    return this.#host.now() - heardAt > (openFrom === CLOSED ? limits.LEADER_IDLE_MS : limits.HINT_MS);
  }

  #remember({ hint, knownUpTo, slot }: Attempt): void {
    const { namespace } = this.#proposer.configuration;
    const nextSlot = Math.max(slot, knownUpTo) + 1;
    this.#memory.hints.set(namespace, { ...hint, appliedUpTo: knownUpTo, nextSlot, heardAt: this.#host.now() });
  }
}

function firstResult(answer: LearnerAnswer | undefined): Result | undefined {
  return answer?.kind === "settled" ? answer.results[0] : undefined;
}

/** Whichever has a result first; undefined only when neither has one. */
async function firstOf(
  one: Promise<Result | undefined>,
  other: Promise<Result | undefined>,
): Promise<Result | undefined> {
  const first = await Promise.race([one, other]);
  return first ?? (await one) ?? (await other);
}
