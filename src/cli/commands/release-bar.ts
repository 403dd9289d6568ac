import { dwellSeconds, isShown, stageCount } from "../../api/release-state.ts";
import type { Release, ReleaseHealth } from "../../client/index.ts";
import { percentText, stageText } from "./release-text.ts";

const BAR_COLUMNS_MAX = 40;

/** A release at one moment. */
export interface Sight {
  readonly release: Release;
  readonly health: ReleaseHealth | undefined;
  /** Milliseconds since this step was first seen here. */
  readonly seenMs: number;
  /** The service does not answer: this is what it said before. */
  readonly isOld: boolean;
}

/** A release as lines of a terminal: where it is, how far, what its guards say, and how many clients follow. */
export function releaseBar(sight: Sight, columns = 80): readonly string[] {
  const { release, health, isOld } = sight;
  const { id, note, state, share } = release;
  const stage = stageText(release);
  const width = Math.max(10, Math.min(BAR_COLUMNS_MAX, columns - 20));
  const verdicts = (health?.verdicts ?? []).map(({ guard, verdict }) => `${guard} ${verdict}`);
  const clients = clientsText(health?.clients);
  const lines = [
    `${id}${note === undefined ? "" : `  ${note}`}`,
    `${barOf(share, width)}  ${percentText(share)}`,
    `${state}${stage === undefined ? "" : `, stage ${stage}`}${timeText(sight)}`,
    ...(verdicts.length === 0 ? [] : [`guards   ${verdicts.join(", ")}`]),
    ...(clients === undefined ? [] : [`clients  ${clients}`]),
    ...(isOld ? ["the service does not answer; this is what it said last"] : []),
  ];
  return lines.map((line) => clipped(line, columns));
}

function barOf(share: number, width: number): string {
  const full = Math.round(share * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)}`;
}

/** How long this stage has been seen here, of how long it lasts at least. */
function timeText({ release, seenMs }: Sight): string {
  if (!isShown(release)) return "";
  const seconds = Math.floor(seenMs / 1_000);
  if (release.state === "paused") return `, for ${seconds} s`;
  const { strategy, stage } = release;
  const next = stage === null ? "the keys are written" : nextText(release, stage);
  return `, ${seconds} s of ${dwellSeconds(strategy, stage)} s, then ${next}`;
}

function nextText({ strategy }: Release, stage: number): string {
  if (stage + 1 >= stageCount(strategy)) return "all see it";
  const { share } = strategy.stages[stage + 1 - (strategy.parse_first === undefined ? 0 : 1)] ?? {};
  return share === undefined ? `stage ${stage + 2}` : percentText(share);
}

function clientsText(clients: NonNullable<Sight["health"]>["clients"]): string | undefined {
  if (clients === undefined) return undefined;
  const { exposed, control, refused, converged } = clients;
  if (exposed + control === 0) return "none reports";
  const parts = [
    `${exposed} see it, ${control} do not`,
    ...(converged === undefined ? [] : [`${percentText(converged)} are up to date`]),
    ...(refused === 0 ? [] : [`${refused} cannot use it`]),
  ];
  return parts.join("; ");
}

function clipped(line: string, columns: number): string {
  // A note is a stranger's text: what it holds must not move the cursor.
  const plain = line.replace(/[\p{Cc}]/gu, " ");
  return plain.length > columns ? `${plain.slice(0, columns - 1)}…` : plain;
}
