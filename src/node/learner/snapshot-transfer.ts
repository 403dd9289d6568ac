import { addressOf } from "../../network/address.ts";
import type { Region } from "../../network/region.ts";
import { byDistance } from "../../network/round-trip.ts";
import {
  SNAPSHOT_FIRST,
  SNAPSHOT_FORMAT,
  type SnapshotCursor,
  type SnapshotHead,
  type SnapshotPage,
  type SnapshotStale,
} from "../../state/snapshot.ts";
import type { LearnerAnswer, LearnerQuestion } from "../rpc/call.ts";
import type { NodeContext } from "../rpc/context.ts";
import * as timing from "../timing.ts";

type Answer<Kind extends LearnerAnswer["kind"]> = Extract<LearnerAnswer, { readonly kind: Kind }>;
type SnapshotQuestion = Extract<LearnerQuestion, { readonly kind: "snapshot" }>;

/** The state machine as far as a snapshot is read from it. */
interface SnapshotSource {
  snapshotHead(): SnapshotHead;
  snapshotPage(head: SnapshotHead, at: SnapshotCursor): SnapshotPage | SnapshotStale;
}

/** The state machine as far as a snapshot is put into it. */
interface SnapshotTarget {
  installBegin(head: SnapshotHead, heardMs: number): boolean;
  installPage(page: SnapshotPage, heardMs: number): void;
  installFinish(): boolean;
}

export interface SnapshotPorts {
  readonly machine: SnapshotTarget;
  /** Runs the last step, and tells those who wait for the state. */
  install(install: () => boolean): boolean;
}

/** One page of this learner's state, or where a snapshot of it begins. The reader carries all that reading needs. */
export function snapshotServe(
  machine: SnapshotSource,
  { format, page }: SnapshotQuestion,
): Answer<"snapshot-head" | "snapshot-page" | "silent"> {
  if (format !== SNAPSHOT_FORMAT) return { kind: "silent" };
  if (page === undefined) return { kind: "snapshot-head", head: machine.snapshotHead() };
  return { kind: "snapshot-page", page: machine.snapshotPage(page.head, page.at) };
}

/**
 * Takes over another learner's state, page by page, where the acceptors have already dropped the log that this one
 * misses. Nothing changes until all of it is here, and nothing is ever lowered.
 */
export async function snapshotFetch(context: NodeContext, ports: SnapshotPorts): Promise<boolean> {
  const { parts, configuration } = context;
  for (const region of byDistance(parts.region, configuration.members)) {
    if (region !== parts.region && (await fetchFrom(context, ports, region))) return true;
  }
  return false;
}

async function fetchFrom(context: NodeContext, ports: SnapshotPorts, region: Region): Promise<boolean> {
  const { machine } = ports;
  const first = await ask(context, region, undefined);
  if (first?.kind !== "snapshot-head" || !machine.installBegin(first.head, context.host.now())) return false;
  const { head } = first;
  let at: SnapshotCursor | null = SNAPSHOT_FIRST;
  for (let misses = 0; at !== null; ) {
    const next = await ask(context, region, { head, at });
    if (next?.kind !== "snapshot-page") {
      if (++misses >= timing.GOSSIP_ATTEMPTS_MAX) return false;
      continue;
    }
    if (next.page.kind === "stale") return false;
    misses = 0;
    machine.installPage(next.page, context.host.now());
    at = next.page.next;
  }
  return ports.install(() => machine.installFinish());
}

async function ask(
  { configuration, parts, health }: NodeContext,
  region: Region,
  page: SnapshotQuestion["page"],
): Promise<LearnerAnswer | undefined> {
  const to = addressOf(configuration, "learner", region);
  const call = { kind: "snapshot", configuration, format: SNAPSHOT_FORMAT, page } as const;
  const outcome = await parts.learners.call(to, call, health.timeoutMs(region) + timing.CALL_MARGIN_MS);
  return outcome.ok ? outcome.answer : undefined;
}
