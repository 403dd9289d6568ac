import { type Host, sleep } from "../../network/host.ts";
import type { NodeLimits } from "../limits.ts";
import * as timing from "../timing.ts";

/** Questions that go in one call, and what became of them. Plain data: see below who may touch what. */
interface Gathering<Question, Answer> {
  readonly questions: Question[];
  readonly since: number;
  /** How long the most patient of them waits. */
  until: number;
  bytes: number;
  state: "gathering" | "sent" | "over";
  answers: readonly Answer[] | undefined;
}

/** The calls to one object. */
interface Lane<Question, Answer> {
  gathering: Gathering<Question, Answer> | undefined;
  /** When the calls under way began. */
  readonly underWay: Set<number>;
  /** How long a call takes, from the first question on. */
  roundMs: number;
}

/** Makes the call, and waits for its answer for `waitMs`. */
type Send<Question, Answer> = (
  questions: readonly Question[],
  waitMs: number,
) => Promise<readonly Answer[] | undefined>;

const LANES_MAX = 1_000;
/** Weight of the newest call in the idea of how long one takes. */
const NEWEST = 0.25;
/** When the answer of a call is first looked for, as a part of what calls take, and how often from then on. */
const FIRST_LOOK = 0.9;
const LOOKS = 16;

/**
 * Calls that the requests of one process make to one object, together. The first goes at once; what comes while it is
 * under way waits a moment for more, and goes as one. An object takes about a thousand calls a second, and each is
 * paid for.
 *
 * In a Worker every request has a context of its own, and may end at any time. The one that began to gather makes the
 * call. The others wait for it by a clock of their own and look whether the answer is there: nothing but plain data
 * passes between them. A promise of one settled by another is allowed (since compatibility date 2024-10-14), but
 * workerd of 2026-08 under load then goes on in the wrong context, and answers with errors.
 */
export class SharedCalls<Question, Answer> {
  readonly #limits: NodeLimits;
  readonly #lanes = new Map<string, Lane<Question, Answer>>();

  constructor(limits: NodeLimits) {
    this.#limits = limits;
  }

  /**
   * The answer to `question`; undefined when the call has none, or takes longer than `waitMs`. `send` is the caller's
   * way to the object of this lane, and is used if it is the caller's turn: for as long as anybody waits for the answer.
   */
  async ask(
    host: Host,
    name: string,
    { question, bytes, waitMs }: { readonly question: Question; readonly bytes: number; readonly waitMs: number },
    send: Send<Question, Answer>,
  ): Promise<Answer | undefined> {
    const lane = this.#lane(name);
    const until = host.now() + waitMs;
    const joined = lane.gathering;
    if (joined === undefined || this.#isFull(joined, bytes) || isForsaken(joined, host.now())) {
      const own: Gathering<Question, Answer> = {
        questions: [question],
        since: host.now(),
        until,
        bytes,
        state: "gathering",
        answers: undefined,
      };
      lane.gathering = own;
      const sent = this.#send(host, lane, own, send);
      host.background(sent);
      await within(host, sent, waitMs);
      return own.answers?.[0];
    }
    const index = joined.questions.push(question) - 1;
    joined.bytes += bytes;
    joined.until = Math.max(joined.until, until);
    await over(host, joined, lane.roundMs, until);
    return joined.answers?.[index];
  }

  async #send(
    host: Host,
    lane: Lane<Question, Answer>,
    gathering: Gathering<Question, Answer>,
    send: Send<Question, Answer>,
  ): Promise<void> {
    await this.#turn(host, lane);
    if (lane.gathering === gathering) lane.gathering = undefined;
    gathering.state = "sent";
    const mark = host.now() + host.random();
    lane.underWay.add(mark);
    try {
      gathering.answers = await send(gathering.questions, gathering.until - host.now());
    } finally {
      gathering.state = "over";
      lane.underWay.delete(mark);
    }
    // One without an answer says how patient somebody was, and not how long a call takes.
    if (gathering.answers !== undefined) lane.roundMs += NEWEST * (host.now() - gathering.since - lane.roundMs);
  }

  /**
   * When the next call may go: at once when none is under way, but for a timer that lets others in (see `Pace`). Calls
   * that never came back do not count for ever.
   */
  #turn(host: Host, lane: Lane<Question, Answer>): Promise<void> {
    for (const beganAt of lane.underWay) {
      if (host.now() - beganAt > timing.REQUEST_DEADLINE_MS) lane.underWay.delete(beganAt);
    }
    const isBusy = lane.underWay.size > 0;
    return sleep(host, isBusy ? Math.min(timing.SHARED_GATHER_MS, lane.roundMs / timing.SHARED_CALLS) : 0);
  }

  #isFull({ questions, bytes }: Gathering<Question, Answer>, more: number): boolean {
    return questions.length >= this.#limits.messageEntriesMax || bytes + more > this.#limits.messageBytesMax;
  }

  #lane(name: string): Lane<Question, Answer> {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = { gathering: undefined, underWay: new Set<number>(), roundMs: 0 };
    this.#lanes.set(name, lane);
    const [oldest] = this.#lanes.keys();
    if (this.#lanes.size > LANES_MAX && oldest !== undefined) this.#lanes.delete(oldest);
    return lane;
  }
}

/** Waits for the own call, or so long. */
function within(host: Host, call: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = host.timer(ms, resolve);
    call.finally(cancel).then(resolve, reject);
  });
}

/** Waits until somebody else's call is over, nobody will make it any more, or it is `until`. */
async function over(host: Host, gathering: Gathering<unknown, unknown>, roundMs: number, until: number): Promise<void> {
  const lookMs = Math.max(1, roundMs / LOOKS);
  for (let waitMs = roundMs * FIRST_LOOK; gathering.state !== "over"; waitMs = lookMs) {
    if (host.now() >= until || isForsaken(gathering, host.now())) return;
    await sleep(host, Math.min(waitMs, until - host.now()));
  }
}

/** Whoever gathered is gone: it would have been its turn long ago. */
function isForsaken({ state, since }: Gathering<unknown, unknown>, now: number): boolean {
  return state === "gathering" && now - since > timing.SHARED_FORSAKEN_MS;
}
