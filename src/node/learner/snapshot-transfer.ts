import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import { byDistance } from "../../network/round-trip.ts";
import { SNAPSHOT_FIRST, type SnapshotCursor, type SnapshotHead } from "../../state/snapshot.ts";
import * as limits from "../limits.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import type { Learner } from "./learner.ts";

type Answer<Kind extends LearnerAnswer["kind"]> = Extract<LearnerAnswer, { readonly kind: Kind }>;
type SnapshotCall = Extract<LearnerQuestion, { readonly kind: "snapshot" }>;

/** One page of this learner's state, or where a snapshot of it begins. The reader carries all that reading needs. */
export function snapshotServe(learner: Learner, { page }: SnapshotCall): Answer<"snapshot-head" | "snapshot-page"> {
  if (page === undefined) return { kind: "snapshot-head", head: learner.machine.snapshotHead() };
  return { kind: "snapshot-page", page: learner.machine.snapshotPage(page.head, page.at) };
}

/**
 * Takes over another learner's state, page by page, where the acceptors have already dropped the log that this one
 * misses. Nothing changes until all of it is here, and nothing is ever lowered.
 */
export async function snapshotFetch(learner: Learner): Promise<boolean> {
  const { members } = learner.configuration;
  for (const region of byDistance(learner.parts.region, members)) {
    if (region !== learner.parts.region && (await fetchFrom(learner, region))) return true;
  }
  return false;
}

async function fetchFrom(learner: Learner, region: Region): Promise<boolean> {
  const { machine, host } = learner;
  const first = await ask(learner, region, undefined);
  if (first?.kind !== "snapshot-head" || !machine.installBegin(first.head, host.now())) return false;
  const { head } = first;
  let at: SnapshotCursor | null = SNAPSHOT_FIRST;
  for (let misses = 0; at !== null; ) {
    const next = await ask(learner, region, { head, at });
    if (next?.kind !== "snapshot-page") {
      if (++misses >= limits.GOSSIP_ATTEMPTS_MAX) return false;
      continue;
    }
    if (next.page.kind === "stale") return false;
    misses = 0;
    machine.installPage(next.page);
    at = next.page.next;
  }
  return learner.installed(() => machine.installFinish());
}

async function ask(
  learner: Learner,
  region: Region,
  page: { readonly head: SnapshotHead; readonly at: SnapshotCursor } | undefined,
): Promise<LearnerAnswer | undefined> {
  const { configuration, parts, health } = learner;
  const to = addressOf(configuration, "learner", region);
  const call = { kind: "snapshot", configuration, page } as const;
  const outcome = await parts.learners.call(to, call, health.timeoutMs(region) + limits.CALL_MARGIN_MS);
  return outcome.ok ? outcome.answer : undefined;
}
