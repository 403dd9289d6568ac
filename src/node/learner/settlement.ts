import type { Entry, Slot } from "../../core/log.ts";
import type { AppliedEntry } from "../../state/apply.ts";
import type { Result } from "../../state/command.ts";
import { entryDecode } from "../../state/entry.ts";
import { ResultBudget } from "../../state/result-budget.ts";
import type { OwnEntry } from "../propose/own-entry.ts";
import type { Chosen } from "../propose/writer.ts";
import type { Decided } from "../rpc/call.ts";
import type { Hint } from "../rpc/log-position.ts";
import type { RequestRef, Results } from "../rpc/request-ref.ts";

/** The replica as far as results come from it. */
interface AppliedResults {
  readonly appliedUpTo: Slot;
  readonly machine: { readonly revision: number; preview(slot: Slot, entry: AppliedEntry): readonly Result[] };
  reached(slot: Slot, ms: number): Promise<boolean>;
  result(request: RequestRef, slot: Slot): Result | undefined;
}

export interface SettlementPorts {
  readonly replica: AppliedResults;
  readonly intake: { learn(decided: readonly Decided[], hint?: Hint, own?: OwnEntry): void };
  readonly catchUp: { start(slot: Slot): void };
}

/** Results of commands: of those that are chosen and of those that may be. Undefined where they came too late. */
export class Settlement {
  readonly #ports: SettlementPorts;

  constructor(ports: SettlementPorts) {
    this.#ports = ports;
  }

  /** Has the entries that a proposer decided applied, and waits up to `waitMs` for the results of `requests`. */
  async settle(
    { slot, decided, hint, own }: Chosen,
    requests: readonly RequestRef[],
    waitMs: number,
  ): Promise<Results | undefined> {
    const { replica, intake, catchUp } = this.#ports;
    intake.learn(decided, hint, own);
    if (replica.appliedUpTo < slot) catchUp.start(slot);
    if (!(await replica.reached(slot, waitMs))) return undefined;
    const budget = new ResultBudget();
    return requests.map((request) => {
      const result = replica.result(request, slot);
      return result && budget.fit(result);
    });
  }

  /** The results that `entry` would have in `slot`; true once it is chosen in it. Changes nothing. */
  async preview(slot: Slot, entry: Entry, waitMs: number): Promise<Results | undefined> {
    const { replica } = this.#ports;
    if (!(await replica.reached(slot - 1, waitMs))) return undefined;
    const body = entryDecode(entry.body);
    if (replica.appliedUpTo < slot) return replica.machine.preview(slot, { id: entry.id, ...body });
    // A learner that is past the slot knows what became of it; that it was this entry, the votes tell the caller.
    return body.commands.map((command) => replica.result(command, slot));
  }
}
