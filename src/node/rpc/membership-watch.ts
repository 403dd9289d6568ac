import { ProblemError } from "../../api/problem.ts";
import type { Network, Outcome } from "../../network/network.ts";
import type { Region } from "../../network/region.ts";
import type { Parts } from "./call.ts";

/** A namespace has other members than this deployment is set to. Nothing was done. */
export class MembershipMismatch extends ProblemError {
  constructor(members: readonly Region[], configured: readonly Region[]) {
    const both = `the namespace has the members ${members.join()}, and SYNOD_REGIONS names ${configured.join()}`;
    const advice = "Nothing was done. Put SYNOD_REGIONS back: it cannot change under data.";
    super("membership-mismatch", `${both}. ${advice}`, { members: [...members], configured: [...configured] });
    this.name = "MembershipMismatch";
  }
}

/**
 * Notices when any part answers that the namespace has other members (protocol, "Membership"). From then on nothing is
 * asked any more, and whoever waits for an answer is told at once.
 */
export class MembershipWatch {
  readonly #waiting = new Set<(members: readonly Region[]) => void>();
  #members: readonly Region[] | undefined;

  /** The other members, once a part told them. */
  get members(): readonly Region[] | undefined {
    return this.#members;
  }

  heard(members: readonly Region[]): void {
    this.#members = members;
    for (const tell of this.#waiting) tell(members);
    this.#waiting.clear();
  }

  /** The same parts, listened to. */
  parts(parts: Parts): Parts {
    return { ...parts, acceptors: this.#listening(parts.acceptors), learners: this.#listening(parts.learners) };
  }

  /** What `work` comes to, or what `others` makes of other members, whichever is first. */
  until<T>(work: () => Promise<T>, others: (members: readonly Region[]) => T): Promise<T> {
    if (this.#members !== undefined) return Promise.resolve(others(this.#members));
    return new Promise((resolve, reject) => {
      const tell = (members: readonly Region[]) => resolve(others(members));
      this.#waiting.add(tell);
      const over = () => this.#waiting.delete(tell);
      work().then(resolve, reject).finally(over).catch(reject);
    });
  }

  #listening<Call, Answer extends { readonly kind: string }>(network: Network<Call, Answer>): Network<Call, Answer> {
    return {
      call: async (to, call, timeoutMs): Promise<Outcome<Answer>> => {
        if (this.#members !== undefined) return { ok: false, why: "unreachable" };
        const outcome = await network.call(to, call, timeoutMs);
        if (outcome.ok && isOtherMembers(outcome.answer)) this.heard(outcome.answer.members);
        return outcome;
      },
    };
  }
}

function isOtherMembers(answer: {
  readonly kind: string;
}): answer is { readonly kind: "other-members"; readonly members: readonly Region[] } {
  return answer.kind === "other-members";
}
