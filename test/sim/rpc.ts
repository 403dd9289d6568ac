import type { Address } from "../../src/network/address.ts";
import type { Network, Outcome } from "../../src/network/network.ts";
import type { Region } from "../../src/network/region.ts";
import type { Instance } from "./instance.ts";
import type { Place } from "./scheduler.ts";
import { wireCopy } from "./wire-copy.ts";

/** The machine that a call goes to. */
export interface Callee<Call, Answer> extends Place {
  readonly name: string;
  readonly region: Region;

  /** A call arrives. `reply` is called at most once, `broken` when the callee throws. */
  receive(call: Call, reply: (answer: Answer) => void, broken: () => void): void;
}

/** Sees every message when it leaves. */
export interface Witness<Call, Answer> {
  called(from: Instance, call: Call): void;
  answered(by: string, call: Call, answer: Answer): void;
}

/**
 * The network as one instance of one machine sees it. A call is copied, may be lost, late, or delivered twice; so may its
 * answer be lost or late; the caller learns of nothing but an answer, a time-out and, now and then, an error.
 */
export class SimNetwork<Call extends { readonly kind: string }, Answer extends { readonly kind: string }>
  implements Network<Call, Answer>
{
  readonly #instance: Instance;
  readonly #find: (to: Address) => Callee<Call, Answer>;
  readonly #witness: Witness<Call, Answer>;

  constructor(instance: Instance, find: (to: Address) => Callee<Call, Answer>, witness: Witness<Call, Answer>) {
    this.#instance = instance;
    this.#find = find;
    this.#witness = witness;
  }

  call(to: Address, call: Call, timeoutMs: number): Promise<Outcome<Answer>> {
    const instance = this.#instance;
    const target = this.#find(to);
    const message = wireCopy(call);
    return new Promise((resolve) => {
      const cancel = instance.timer(timeoutMs, () => resolve({ ok: false, why: "timeout" }));
      const done = (outcome: Outcome<Answer>) => {
        cancel();
        resolve(outcome);
      };
      instance.emit(() => this.#send(target, message, done));
    });
  }

  #send(target: Callee<Call, Answer>, call: Call, done: (outcome: Outcome<Answer>) => void): void {
    const instance = this.#instance;
    const { scheduler, links, trace, tally, faults } = instance.machine.environment;
    this.#witness.called(instance, call);
    const delays = links.fate(instance.machine.region, target.region);
    const what = delays.length === 0 ? `${call.kind} (lost)` : call.kind;
    trace.note(scheduler.now, what, instance.name, target.name, call);
    if (delays.length > 1) tally.add("call delivered twice");
    if (delays.length === 0 && faults.random.chance(0.2)) this.#error(target, done);
    for (const delay of delays) {
      scheduler.after(delay, target, () => {
        // The world may have changed while the message was on its way.
        if (!links.connects(instance.machine.region, target.region)) return;
        target.receive(
          call,
          (answer) => this.#answer(target, call, answer, done),
          () => this.#error(target, done),
        );
      });
    }
  }

  #answer(target: Callee<Call, Answer>, call: Call, answer: Answer, done: (outcome: Outcome<Answer>) => void) {
    const instance = this.#instance;
    const { scheduler, links, trace } = instance.machine.environment;
    const message = wireCopy(answer);
    this.#witness.answered(target.name, call, message);
    const [delay] = links.fate(target.region, instance.machine.region);
    trace.note(
      scheduler.now,
      `${answer.kind}${delay === undefined ? " (lost)" : ""}`,
      target.name,
      instance.name,
      message,
    );
    if (delay === undefined) return;
    scheduler.after(delay, instance, () => {
      if (links.connects(target.region, instance.machine.region)) done({ ok: true, answer: message });
    });
  }

  /** The platform says that something went wrong, which says nothing about whether the call took effect. */
  #error(target: Callee<Call, Answer>, done: (outcome: Outcome<Answer>) => void): void {
    const instance = this.#instance;
    const { scheduler, links } = instance.machine.environment;
    const delay = links.delay(target.region, instance.machine.region);
    scheduler.after(delay, instance, () => done({ ok: false, why: "unreachable" }));
  }
}
