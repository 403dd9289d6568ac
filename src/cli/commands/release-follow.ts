import { setTimeout as sleep } from "node:timers/promises";
import { isEnded } from "../../api/release-state.ts";
import { type Release, type Releases, SynodError } from "../../client/index.ts";
import { CliError, EXIT } from "../exit.ts";
import { write } from "../output.ts";
import type { Output } from "../settings.ts";
import { releaseBar, type Sight } from "./release-bar.ts";

/** How often a release is looked at. */
const LOOK_MS = 1_000;
/** What passes: a release is followed through an outage. */
const PASSING: readonly string[] = ["unreachable", "deadline", "no-quorum", "overloaded", "behind", "stopping"];

/** Shows a release until it has ended. Throws `CliError` when it did not complete. */
export async function follow(releases: Releases, first: Release, output: Output): Promise<void> {
  const isLive = output === "table" && process.stdout.isTTY;
  const show = isLive ? livePrinter() : linePrinter();
  let sight: Sight = { release: first, health: undefined, seenMs: 0, isOld: false };
  let since = Date.now();
  for (;;) {
    const next = await look(releases, sight);
    if (next.release.step !== sight.release.step) since = Date.now();
    sight = { ...next, seenMs: Date.now() - since };
    await show(sight);
    if (isEnded(sight.release)) return ended(sight.release);
    await sleep(LOOK_MS);
  }
}

async function look(releases: Releases, before: Sight): Promise<Sight> {
  const { id } = before.release;
  try {
    const health = await releases.health(id);
    const release = health.step === before.release.step ? before.release : await releases.get(id);
    return { release: release ?? before.release, health, seenMs: 0, isOld: false };
  } catch (error) {
    if (error instanceof SynodError && PASSING.includes(error.code)) return { ...before, isOld: true };
    throw error;
  }
}

function ended({ id, state, last }: Release): void {
  if (state === "completed" || state === "reverted") return;
  const why = last.reason === undefined ? "" : `: ${last.reason}`;
  throw new CliError(state === "conflicted" ? EXIT.conflict : EXIT.failed, `${id} is ${state}, by ${last.by}${why}`);
}

/** Draws over what was drawn before. */
function livePrinter(): (sight: Sight) => Promise<void> {
  let height = 0;
  return async (sight) => {
    const lines = releaseBar(sight, process.stdout.columns);
    const back = height === 0 ? "" : `\u001b[${height}A\u001b[J`;
    height = lines.length;
    await write(`${back}${lines.join("\n")}\n`);
  };
}

/** A line of JSON for each change. */
function linePrinter(): (sight: Sight) => Promise<void> {
  let last = "";
  return async ({ release, health, isOld }) => {
    const { id, state, stage, share, step } = release;
    const verdicts = (health?.verdicts ?? []).map(({ guard, verdict }) => ({ guard, verdict }));
    const { kind, by, reason } = release.last;
    const line = JSON.stringify({
      id,
      state,
      stage,
      share,
      step,
      verdicts,
      clients: health?.clients,
      last: { kind, by, reason },
      ...(isOld ? { unreachable: true } : {}),
    });
    if (line === last) return;
    last = line;
    await write(`${line}\n`);
  };
}
