import { addressOf, type Configuration } from "../../network/address.ts";
import { type Host, sleep } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { byDistance, quorumRoundTripMs, roundTripMs } from "../../network/round-trip.ts";
import * as timing from "../timing.ts";
import type { LearnerAnswer, LearnerCall, Parts } from "./call.ts";
import type { Health } from "./health.ts";

/** A learner this near is asked before anything else: it costs next to nothing. */
const NEAR_MS = 10;

/** The home learners as seen from one place. */
export class NearLearners {
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #configuration: Configuration;
  readonly #health: Health;
  readonly #regions: readonly Region[];

  /** `except`: where the one that asks is itself a learner. */
  constructor(host: Host, parts: Parts, configuration: Configuration, health: Health, except?: Region) {
    this.#host = host;
    this.#parts = parts;
    this.#configuration = configuration;
    this.#health = health;
    this.#regions = byDistance(
      parts.region,
      configuration.members.filter((region) => region !== except),
    );
  }

  /** The nearest first, those who did not answer lately last. */
  order(): Region[] {
    return this.#health.wellFirst(this.#regions);
  }

  /** One in this very region that is well. */
  here(): Region | undefined {
    const nearest = this.order()[0];
    if (nearest === undefined || this.#health.suspects(nearest)) return undefined;
    return roundTripMs(this.#parts.region, nearest) <= NEAR_MS ? nearest : undefined;
  }

  /** How long one may wait for what it has not applied: long enough to drive a gap itself. */
  get waitMs(): number {
    const { members } = this.#configuration;
    return 4 * quorumRoundTripMs(this.#parts.region, members, members.length) + timing.CALL_MARGIN_MS;
  }

  /** Its answer, which it may wait for `waitMs` to give; undefined when there is none. */
  async ask(region: Region, call: LearnerCall, waitMs: number): Promise<LearnerAnswer | undefined> {
    const to = addressOf(this.#configuration, "learner", region);
    const outcome = await this.#parts.learners.call(to, call, this.#health.timeoutMs(region) + waitMs);
    if (!outcome.ok || outcome.answer.kind === "silent" || outcome.answer.kind === "suspended") {
      this.missed(region);
      return undefined;
    }
    this.answered(region);
    return outcome.answer;
  }

  missed(region: Region): void {
    this.#health.missed(region);
  }

  answered(region: Region): void {
    this.#health.answered(region);
  }

  /** How long its answer is waited for, besides what it may take on purpose. */
  timeoutMs(region: Region): number {
    return this.#health.timeoutMs(region);
  }

  /**
   * Asks them in order, the next one as soon as one is slower than it should be or can not say; the first answer
   * counts.
   */
  async askAny(
    call: LearnerCall & { readonly waitMs: number },
    deadlineAt: number,
  ): Promise<LearnerAnswer | undefined> {
    let found: LearnerAnswer | undefined;
    while (found === undefined && this.#host.now() < deadlineAt) {
      const asked: Promise<void>[] = [];
      for (const region of this.order()) {
        const one = this.ask(region, call, call.waitMs).then((answer) => {
          if (answer !== undefined && answer.kind !== "behind") found ??= answer;
        });
        asked.push(one);
        await Promise.race([one, sleep(this.#host, this.#health.timeoutMs(region))]);
        if (found !== undefined) return found;
      }
      await Promise.race([Promise.all(asked), sleep(this.#host, Math.max(0, deadlineAt - this.#host.now()))]);
      if (found === undefined) await sleep(this.#host, timing.ASK_AGAIN_MS);
    }
    return found;
  }
}
