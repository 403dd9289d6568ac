import type { Slot } from "../../core/log.ts";
import { quorumsFor } from "../../core/quorum.ts";
import type { Digests } from "./digest-book.ts";

export type DigestVerdict =
  /** A majority, this learner among them, has the same state at `slot`. */
  | { readonly kind: "agrees"; readonly slot: Slot }
  /** A majority of the others has the same state at `slot`, and this learner another one. */
  | { readonly kind: "differs"; readonly slot: Slot }
  /** No majority can be told to agree at any slot. */
  | { readonly kind: "unclear" };

/** Compares the digests of one learner with the others', at the newest slot at which a majority agrees. */
export function digestVerdict(members: number, own: Digests, others: readonly Digests[]): DigestVerdict {
  const majority = quorumsFor(members).classic;
  for (const slot of [...own.keys()].sort((a, b) => b - a)) {
    const digests = [own, ...others].map((one) => one.get(slot)).filter((digest) => digest !== undefined);
    const shared = digests.find((digest) => digests.filter((one) => one === digest).length >= majority);
    if (shared !== undefined) return { kind: shared === own.get(slot) ? "agrees" : "differs", slot };
  }
  return { kind: "unclear" };
}
