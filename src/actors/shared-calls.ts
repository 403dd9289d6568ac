import { type Host, sleep } from "../network/host.ts";
import * as limits from "./limits.ts";

/** Questions that will go, or went, in one call. */
interface Gathering<Question, Answer> {
  readonly questions: Question[];
  readonly since: number;
  bytes: number;
  readonly answers: Promise<readonly Answer[] | undefined>;
}

/** The calls to one object. */
interface Lane<Question, Answer> {
  gathering: Gathering<Question, Answer> | undefined;
  /** When the calls under way began. */
  readonly underWay: Set<number>;
  roundMs: number;
}

const LANES_MAX = 1_000;
/** Weight of the newest call in the idea of how long one takes. */
const NEWEST = 0.25;

/**
 * Calls that the requests of one process make to one object, together. The first goes at once; what comes while it is
 * under way waits a moment for more, and goes as one. An object takes about a thousand calls a second, and each is
 * paid for.
 *
 * In a Worker every request has a context of its own. The one that began to gather makes the call; the others only
 * wait for it, each with a time-out of its own, since the runtime may end that one at any time. Since compatibility
 * date 2024-10-14 whoever awaits a promise goes on in its own context, whoever settled it.
 */
export class SharedCalls<Question, Answer> {
  readonly #lanes = new Map<string, Lane<Question, Answer>>();

  /**
   * The answer to `question`; undefined when the call has none, or takes longer than `waitMs`. `send` is the caller's
   * way to the object of this lane, and is used if it is the caller's turn.
   */
  ask(
    host: Host,
    name: string,
    { question, bytes, waitMs }: { readonly question: Question; readonly bytes: number; readonly waitMs: number },
    send: (questions: readonly Question[]) => Promise<readonly Answer[] | undefined>,
  ): Promise<Answer | undefined> {
    const lane = this.#lane(name);
    let gathering = lane.gathering;
    if (gathering === undefined || isFull(gathering, bytes) || isForsaken(gathering, host.now())) {
      gathering = this.#gather(host, lane, send);
    }
    const index = gathering.questions.push(question) - 1;
    gathering.bytes += bytes;
    const { answers } = gathering;
    return new Promise((resolve) => {
      const cancel = host.timer(waitMs, () => resolve(undefined));
      host.background(
        answers.then((all) => {
          cancel();
          resolve(all?.[index]);
        }),
      );
    });
  }

  #gather(
    host: Host,
    lane: Lane<Question, Answer>,
    send: (questions: readonly Question[]) => Promise<readonly Answer[] | undefined>,
  ): Gathering<Question, Answer> {
    const questions: Question[] = [];
    const answers = this.#send(host, lane, questions, send);
    const gathering = { questions, since: host.now(), bytes: 0, answers };
    lane.gathering = gathering;
    host.background(answers);
    return gathering;
  }

  async #send(
    host: Host,
    lane: Lane<Question, Answer>,
    questions: readonly Question[],
    send: (questions: readonly Question[]) => Promise<readonly Answer[] | undefined>,
  ): Promise<readonly Answer[] | undefined> {
    await this.#turn(host, lane);
    if (lane.gathering?.questions === questions) lane.gathering = undefined;
    const beganAt = host.now();
    const mark = beganAt + host.random();
    lane.underWay.add(mark);
    const answers = await send(questions);
    lane.underWay.delete(mark);
    lane.roundMs += NEWEST * (host.now() - beganAt - lane.roundMs);
    return answers;
  }

  /**
   * When the next call may go: at once when none is under way, but for a timer that lets others in (see `Pace`). Calls
   * that never came back do not count for ever.
   */
  #turn(host: Host, lane: Lane<Question, Answer>): Promise<void> {
    for (const beganAt of lane.underWay) {
      if (host.now() - beganAt > limits.REQUEST_DEADLINE_MS) lane.underWay.delete(beganAt);
    }
    const isBusy = lane.underWay.size > 0;
    return sleep(host, isBusy ? Math.min(limits.SHARED_GATHER_MS, lane.roundMs / limits.SHARED_CALLS) : 0);
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

function isFull({ questions, bytes }: { questions: readonly unknown[]; bytes: number }, more: number): boolean {
  return questions.length >= limits.MESSAGE_ENTRIES_MAX || bytes + more > limits.MESSAGE_BYTES_MAX;
}

/** Whoever gathered is gone: it would have been its turn long ago. */
function isForsaken({ since }: { readonly since: number }, now: number): boolean {
  return now - since > limits.SHARED_FORSAKEN_MS;
}
