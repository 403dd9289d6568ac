import type { TxnResult } from "../../src/state/command.ts";
import type { Operated } from "./kv-model.ts";
import { isStamped } from "./stamped-put.ts";
import type { Tally } from "./tally.ts";

/** Counts what commands came to in the log. */
export function tallyOperated(tally: Tally, { command: { op }, result, isRepeat }: Operated): void {
  if (result.kind === "refused" && result.why === "reused") return tally.add("request id reused");
  if (op.kind === "raise") tally.add("level raised");
  if (isStamped(op)) tally.add("command of the new level");
  if (isRepeat) tally.add("duplicate request suppressed");
  if (isRepeat && op.kind === "txn") tally.add("transaction repeated by a retry");
  if (isRepeat) return;
  if (op.kind === "txn" && result.kind === "refused") tally.add("transaction refused as a whole");
  if (op.kind === "put" && result.kind === "refused" && result.why === "lease-not-found") {
    tally.add("put refused for want of its lease");
  }
  if (op.kind === "delete" && result.kind === "delete" && result.deleted > 1) tally.add("range of keys deleted");
  if (result.kind === "txn") tallyTxn(tally, result);
}

function tallyTxn(tally: Tally, { succeeded, parts }: TxnResult): void {
  tally.add(succeeded ? "transaction took its then" : "transaction took its else");
  if (parts.some((part) => part.kind === "txn")) tally.add("transaction inside a transaction");
}
