import type { Host } from "../../network/host.ts";
import type { Region } from "../../network/region.ts";
import { roundTripMs } from "../../network/round-trip.ts";
import * as timing from "../timing.ts";
import { AcceptorNews } from "./acceptor-news.ts";

/** Who answered last time, as one process remembers it. Decides how long to wait, never what is true. */
export class Health {
  readonly #clock: Pick<Host, "now">;
  readonly #from: Region;
  readonly #suspectedAt = new Map<Region, number>();
  /** Where the parts are acceptors: what they said of themselves. */
  readonly news = new AcceptorNews();

  constructor(clock: Pick<Host, "now">, from: Region) {
    this.#clock = clock;
    this.#from = from;
  }

  answered(region: Region): void {
    this.#suspectedAt.delete(region);
  }

  missed(region: Region): void {
    this.#suspectedAt.set(region, this.#clock.now());
  }

  suspects(region: Region): boolean {
    const at = this.#suspectedAt.get(region);
    return at !== undefined && this.#clock.now() - at < timing.SUSPECT_MS;
  }

  /** `regions` in their order, but those that are suspected last. */
  wellFirst(regions: readonly Region[]): Region[] {
    const isSuspect = (region: Region) => this.suspects(region);
    return [...regions.filter((region) => !isSuspect(region)), ...regions.filter(isSuspect)];
  }

  /** How many of `regions` are not suspected. */
  alive(regions: readonly Region[]): number {
    return regions.filter((region) => !this.suspects(region)).length;
  }

  /** How long an answer is waited for; hardly, from one that is suspected. */
  timeoutMs(region: Region): number {
    if (!this.suspects(region)) return this.timeoutWellMs(region);
    return roundTripMs(this.#from, region) * timing.SUSPECT_ROUND_TRIPS + timing.SUSPECT_MARGIN_MS;
  }

  /** How long one that is well may take. */
  timeoutWellMs(region: Region): number {
    return roundTripMs(this.#from, region) * timing.CALL_ROUND_TRIPS + timing.CALL_MARGIN_MS;
  }
}
