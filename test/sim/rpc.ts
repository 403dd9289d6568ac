import type { Address } from "../../src/network/address.ts";
import type { Network, Outcome } from "../../src/network/network.ts";
import type { DurableMachine } from "./durable-machine.ts";
import type { Life } from "./life.ts";
import { wireCopy } from "./wire-copy.ts";

/** Sees every message when it leaves. */
export interface Witness<Call, Answer> {
  called(from: Life, call: Call): void;
  answered(by: string, call: Call, answer: Answer): void;
}

/**
 * The network as one life of one machine sees it. A call is copied, may be lost, late, or delivered twice; so may its
 * answer be lost or late; the caller learns of nothing but an answer, a time-out and, now and then, an error.
 */
export class SimNetwork<Call extends { readonly kind: string }, Answer extends { readonly kind: string }>
  implements Network<Call, Answer>
{
  readonly #life: Life;
  readonly #find: (to: Address) => DurableMachine<Call, Answer>;
  readonly #witness: Witness<Call, Answer>;

  constructor(life: Life, find: (to: Address) => DurableMachine<Call, Answer>, witness: Witness<Call, Answer>) {
    this.#life = life;
    this.#find = find;
    this.#witness = witness;
  }

  call(to: Address, call: Call, timeoutMs: number): Promise<Outcome<Answer>> {
    const life = this.#life;
    const target = this.#find(to);
    const message = wireCopy(call);
    return new Promise((resolve) => {
      const cancel = life.timer(timeoutMs, () => resolve({ ok: false, why: "timeout" }));
      const done = (outcome: Outcome<Answer>) => {
        cancel();
        resolve(outcome);
      };
      life.emit(() => this.#send(target, message, done));
    });
  }

  #send(target: DurableMachine<Call, Answer>, call: Call, done: (outcome: Outcome<Answer>) => void): void {
    const life = this.#life;
    const { scheduler, links, trace, tally, faults } = life.machine.world;
    this.#witness.called(life, call);
    const delays = links.fate(life.machine.region, target.region);
    const what = delays.length === 0 ? `${call.kind} (lost)` : call.kind;
    trace.note(scheduler.now, what, life.name, target.name, call);
    if (delays.length > 1) tally.add("call delivered twice");
    if (delays.length === 0 && faults.random.chance(0.2)) this.#error(target, done);
    for (const delay of delays) {
      scheduler.after(delay, target, () => {
        // The world may have changed while the message was on its way.
        if (!links.connects(life.machine.region, target.region)) return;
        target.receive(
          call,
          (answer) => this.#answer(target, call, answer, done),
          () => this.#error(target, done),
        );
      });
    }
  }

  #answer(target: DurableMachine<Call, Answer>, call: Call, answer: Answer, done: (outcome: Outcome<Answer>) => void) {
    const life = this.#life;
    const { scheduler, links, trace } = life.machine.world;
    const message = wireCopy(answer);
    this.#witness.answered(target.name, call, message);
    const [delay] = links.fate(target.region, life.machine.region);
    trace.note(scheduler.now, `${answer.kind}${delay === undefined ? " (lost)" : ""}`, target.name, life.name, message);
    if (delay === undefined) return;
    scheduler.after(delay, life, () => {
      if (links.connects(target.region, life.machine.region)) done({ ok: true, answer: message });
    });
  }

  /** The platform says that something went wrong, which says nothing about whether the call took effect. */
  #error(target: DurableMachine<Call, Answer>, done: (outcome: Outcome<Answer>) => void): void {
    const life = this.#life;
    const { scheduler, links } = life.machine.world;
    const delay = links.delay(target.region, life.machine.region);
    scheduler.after(delay, life, () => done({ ok: false, why: "unreachable" }));
  }
}
