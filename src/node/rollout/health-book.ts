import type { ClientReport } from "../../api/client-report.ts";
import type { HealthPart } from "../../rollout/health/part.ts";
import { ClientLedger } from "./client-ledger.ts";

/** What clients told this learner, by release. */
export class HealthBook {
  readonly #now: () => number;
  readonly #firing: (id: string) => Readonly<Record<string, string>>;
  readonly #ledgers = new Map<string, ClientLedger>();

  /** `firing`: the alerts about a release, which stand in the log. */
  constructor(now: () => number, firing: (id: string) => Readonly<Record<string, string>>) {
    this.#now = now;
    this.#firing = firing;
  }

  /** `steps`: the releases that are shown here, and their steps. What is said of others is no news any more. */
  report(report: ClientReport, steps: ReadonlyMap<string, number>): void {
    for (const said of report.releases) {
      const step = steps.get(said.id);
      // A client that is behind speaks of a step before: of another exposure.
      if (step !== undefined && (said.step === step || said.refused !== undefined)) {
        this.#ledger(said.id, step).report(report, said, this.#now());
      }
    }
  }

  part(id: string, step: number): HealthPart {
    return this.#ledger(id, step).part(this.#now(), this.#firing(id));
  }

  /** Forgets all but these releases. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#ledgers.keys()) if (!ids.has(id)) this.#ledgers.delete(id);
  }

  /** Each step has a ledger of its own: what a stage is judged by happened in it. */
  #ledger(id: string, step: number): ClientLedger {
    const known = this.#ledgers.get(id);
    if (known !== undefined && known.step >= step) return known;
    const fresh = new ClientLedger(step);
    this.#ledgers.set(id, fresh);
    return fresh;
  }
}
