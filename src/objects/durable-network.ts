import { type Address, addressName } from "../network/address.ts";
import { type Host, sleep } from "../network/host.ts";
import type { Network, Outcome } from "../network/network.ts";
import type { Region } from "../network/region.ts";
import { devNetworkActive, devNetworkDeliver } from "./dev-network.ts";

/** An object that takes all its messages through one method. */
export interface Handler<Call, Answer> {
  handle(call: Call): Promise<Answer>;
}

/** What `DurableObjectNamespace` offers of itself here. */
export interface Objects<Call, Answer> {
  getByName(name: string, options: { locationHint: DurableObjectLocationHint }): Handler<Call, Answer>;
}

/** Calls Durable Objects over RPC. The one place through which every message between parts passes. */
export class DurableNetwork<Call, Answer> implements Network<Call, Answer> {
  readonly #objects: Objects<Call, Answer>;
  readonly #host: Host;
  readonly #from: Region;

  constructor(objects: Objects<Call, Answer>, host: Host, from: Region) {
    this.#objects = objects;
    this.#host = host;
    this.#from = from;
  }

  call(to: Address, call: Call, timeoutMs: number): Promise<Outcome<Answer>> {
    return new Promise((resolve) => {
      const cancel = this.#host.timer(timeoutMs, () => resolve({ ok: false, why: "timeout" }));
      const done = (outcome: Outcome<Answer> | undefined) => {
        if (outcome === undefined) return;
        cancel();
        resolve(outcome);
      };
      this.#cross(to, call).then(done, (error: unknown) => done(failure(error)));
    });
  }

  /** There and back; undefined when the simulated network lost a message, which nobody notices but by the time-out. */
  async #cross(to: Address, call: Call): Promise<Outcome<Answer> | undefined> {
    if (!devNetworkActive()) return this.#invoke(to, call);
    if (!(await devNetworkDeliver(this.#host, this.#from, to.region))) return undefined;
    const outcome = await this.#invoke(to, call);
    return (await devNetworkDeliver(this.#host, to.region, this.#from)) ? outcome : undefined;
  }

  /** One more try when the platform says that it is worth one; every call here may be repeated. */
  async #invoke(to: Address, call: Call): Promise<Outcome<Answer>> {
    try {
      return { ok: true, answer: await this.#stub(to).handle(call) };
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await sleep(this.#host, this.#host.random() * RETRY_MS);
      return { ok: true, answer: await this.#stub(to).handle(call), repeated: true };
    }
  }

  #stub(to: Address): Handler<Call, Answer> {
    return this.#objects.getByName(addressName(to), { locationHint: to.region as DurableObjectLocationHint });
  }
}

const RETRY_MS = 50;

/** Cloudflare documentation, "Durable Objects: error handling", 2026: retry when retryable and not overloaded. */
function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
  return retryable === true && overloaded !== true;
}

function failure(error: unknown): Outcome<never> {
  const { overloaded } = error as { overloaded?: boolean };
  return { ok: false, why: overloaded === true ? "overloaded" : "unreachable" };
}
