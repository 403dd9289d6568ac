import { computed, effect, signal, untracked } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RoundJson, TelemetryFrame } from "../../api/telemetry-frame.ts";
import { place } from "../shell/place.ts";
import { telemetrySubscribe } from "./live.ts";

/** How the parts stood a second ago at most, while the page is live; undefined before the first frame. */
export const telemetry = signal<TelemetryFrame | undefined>(undefined);
/** When that was heard. */
export const telemetryAt = signal(0);

/** A round of votes, with when it began by this browser's clock. */
export interface Round extends RoundJson {
  readonly at: number;
}

/** The rounds that this page saw, those that began first first. */
export const rounds = signal<readonly Round[]>([]);

/** One second of what the page shows as rates. */
export interface Second {
  /** Seconds since 1970, as charts want it. */
  readonly at: number;
  readonly commits: number;
  readonly reads: number;
}

export const seconds = signal<readonly Second[]>([]);

const ROUNDS_MAX = 400;
const SECONDS_MAX = 180;

/** While the component is there, frames come. */
export function useTelemetry(): void {
  useEffect(() => telemetrySubscribe(heard), []);
}

/** What was heard of one namespace says nothing of another. */
export function telemetryFollow(): void {
  let shown = "";
  effect(() => {
    const { namespace } = place.value;
    if (namespace === shown) return;
    shown = namespace;
    untracked(() => {
      telemetry.value = undefined;
      rounds.value = [];
      seconds.value = [];
    });
  });
}

function heard(frame: TelemetryFrame): void {
  if (frame.status.namespace !== place.value.namespace) return;
  const now = Date.now();
  rate(frame, now);
  telemetry.value = frame;
  telemetryAt.value = now;
  if (frame.rounds.length === 0) return;
  const byId = new Map(rounds.value.map((round) => [round.id, round]));
  for (const round of frame.rounds) {
    byId.set(round.id, { ...round, at: byId.get(round.id)?.at ?? now - round.age_ms });
  }
  rounds.value = [...byId.values()].toSorted((a, b) => a.at - b.at).slice(-ROUNDS_MAX);
}

/** Rates are differences between frames: slots and reads per second that passed. */
function rate(frame: TelemetryFrame, now: number): void {
  const before = telemetry.value;
  const passed = (now - telemetryAt.value) / 1_000;
  if (before === undefined || passed <= 0 || passed > 10) return;
  const commits = Math.max(0, frame.status.revision - before.status.revision) / passed;
  const reads = Math.max(0, readsOf(frame) - readsOf(before)) / passed;
  seconds.value = [...seconds.value, { at: now / 1_000, commits, reads }].slice(-SECONDS_MAX);
}

/** A learner that was started again counts from 0: then the sum falls, and the second is left at 0. */
function readsOf({ reads }: TelemetryFrame): number {
  return reads.reduce((sum, one) => sum + one.reads, 0);
}

export type Health = "good" | "warn" | "bad";

/** What an operator asks first. */
export interface Verdict {
  readonly health: Health;
  readonly title: string;
  readonly detail: string;
  /** Acceptors that may still fail with writes going on; negative: so many are missing. */
  readonly margin: number;
}

export const verdict = computed((): Verdict | undefined => {
  const frame = telemetry.value;
  return frame === undefined ? undefined : verdictOf(frame);
});

/** Reasons for which somebody has to act. */
const GRAVE: readonly string[] = ["alarm", "learner-suspended", "learner-stopped"];

export function verdictOf({ status, quorum, health }: TelemetryFrame): Verdict {
  const up = status.acceptors.filter(({ reachable }) => reachable).length;
  if (up === 0 && status.acceptors.every(({ silent }) => silent === "blank")) {
    const detail = "Its regions answer, and hold nothing. It comes into being with its first write.";
    return { health: "good", title: "A new namespace", detail, margin: status.acceptors.length - quorum.classic };
  }
  const down = status.acceptors.length - up;
  const margin = up - quorum.classic;
  const lose = margin === 1 ? "can lose 1 more region" : `can lose ${margin} more regions`;
  if (margin < 0) {
    const title = `No quorum: ${-margin === 1 ? "1 region is" : `${-margin} regions are`} missing`;
    const detail =
      "Writes and linearizable reads wait or fail. Local reads work, and say how old they may be; watches stand still.";
    return { health: "bad", title, detail, margin };
  }
  const grave = health.reasons.filter(({ code }) => GRAVE.includes(code));
  if (grave.length > 0) {
    const where = [...new Set(grave.map(({ region }) => region))].join(", ");
    const title = `Something is wrong in ${where}`;
    return { health: "bad", title, detail: "The page Operations says what. Writes go on.", margin };
  }
  const speed =
    up >= quorum.fast
      ? "A write without contention takes one round trip."
      : "Too few regions for one round trip: writes take two.";
  if (down === 0) return { health: "good", title: `Healthy: ${lose}`, detail: speed, margin };
  const who = down === 1 ? "1 region does not answer" : `${down} regions do not answer`;
  return { health: "warn", title: `${who}: ${lose}`, detail: `Writes and reads go on. ${speed}`, margin };
}

/** When a round had its quorum, by the times of the votes: milliseconds; undefined: it had none. */
export function decidedMs(round: RoundJson, quorum: TelemetryFrame["quorum"]): number | undefined {
  if (round.kind === "leader") return round.votes.find(({ reply }) => reply === "voted")?.ms;
  const wanted = round.kind === "fast" ? quorum.fast : quorum.classic;
  const times = round.votes.filter(({ reply }) => reply === "voted").map(({ ms }) => ms ?? 0);
  return times.toSorted((a, b) => a - b)[wanted - 1];
}
