import { type RoundJson, telemetryFrame } from "../../api/telemetry-frame.ts";
import { quorumsFor } from "../../core/quorum.ts";
import { healthOf } from "../coordinate/health.ts";
import { namespaceStatus, type StatusTold } from "../coordinate/status.ts";
import { statusToJson } from "../coordinate/status-json.ts";
import type { NodeContext } from "../rpc/context.ts";
import type { TracedRound } from "./traced-round.ts";

/** Asks all parts how they are, and makes a frame of it. `own`: the word of the learner that asks. */
export async function telemetryGather(
  context: NodeContext,
  machine: { readonly revision: number; readonly compactRevision: number },
  own: StatusTold,
): Promise<string> {
  const { configuration, parts } = context;
  const status = await namespaceStatus(context, { isTraced: true, own });
  const { fast, classic, read } = quorumsFor(configuration.members.length);
  const traces = status.learners.flatMap(({ region, trace }) => (trace === undefined ? [] : [{ region, ...trace }]));
  const rounds = traces.flatMap((trace) => trace.rounds).toSorted((a, b) => b.ageMs - a.ageMs);
  return telemetryFrame({
    revision: machine.revision,
    region: parts.region,
    quorum: { fast, classic, read },
    compact_revision: machine.compactRevision,
    status: statusToJson(status),
    health: healthOf(status),
    reads: traces.map(({ region, reads }) => ({ region, reads })),
    rounds: rounds.map(roundToJson),
  });
}

function roundToJson({ id, from, kind, slot, ballot, entry, ageMs, votes }: TracedRound): RoundJson {
  const told = votes.map(({ region, reply, ms }) => ({ region, reply, ...(ms === undefined ? {} : { ms }) }));
  return { id, from, kind, slot, ballot, entry, age_ms: ageMs, votes: told };
}
