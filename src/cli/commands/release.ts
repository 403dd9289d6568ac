import type { Command } from "commander";
import { RELEASE_STATES } from "../../api/release-state.ts";
import type { Release, ReleasePlan, Releases, TransitionOptions } from "../../client/index.ts";
import { CliError, EXIT, usage } from "../exit.ts";
import { confirm, wholeNumber } from "../input.ts";
import { printRow, printRows, type Row, tableOf, write } from "../output.ts";
import { requestRaw } from "../raw.ts";
import { settingsOf, synodOf } from "../settings.ts";
import { follow } from "./release-follow.ts";
import { releaseDraft, releaseOptions } from "./release-input.ts";
import { explanationOf, planText, statusRow, verdictRow } from "./release-text.ts";

export function releaseCommand(program: Command): void {
  const release = program.command("release").description("Change keys for a part of the world first");
  releaseOptions(release.command("plan"))
    .description("What a release would change, and what to look at twice; changes nothing")
    .option("--target <id...>", "targets that are known: how many of them each stage exposes")
    .action((changes: string[], _options, command: Command) => plan(changes, command));
  releaseOptions(release.command("create"))
    .description("Make a release. It takes its keys until it ends, and shows nothing before it is started")
    .option("--draft", "do not validate it yet")
    .option("--start", "start it at once")
    .option("--request-id <id>", "repeat a command whose outcome was unknown: it takes effect at most once")
    .action((changes: string[], _options, command: Command) => create(changes, command));
  release
    .command("list")
    .description("The releases, the newest first")
    .option("--state <state>", `only those in a state: ${RELEASE_STATES.join(", ")}; active: those that have not ended`)
    .action((_options, command: Command) => list(command));
  release
    .command("get <id>")
    .description("Print a release as it stands, as JSON")
    .action(async (id: string, _options, command: Command) => {
      await write(`${JSON.stringify(await found(id, command), null, 2)}\n`);
    });
  release
    .command("status <id>")
    .description("Where a release is: its stage, who sees it, and what its guards say")
    .option("-f, --follow", "until it has ended: a live bar on a terminal, else a line of JSON for each change")
    .addHelpText(
      "after",
      "\nWith --follow the exit code tells the end: 0 completed, 4 in conflict, 1 withdrawn.\n" +
        "\nExamples:\n  synod release status r-12e0901616cf --follow\n  synod release status r-12e0901616cf -f -o jsonl",
    )
    .action((id: string, _options, command: Command) => status(id, command));
  release
    .command("explain <id>")
    .description("Every transition of a release: who made it, when, why, and what it was decided on")
    .action((id: string, _options, command: Command) => explain(id, command));
  release
    .command("effective <key>")
    .description("What a target sees for a key, and which rule decided it")
    .requiredOption("-t, --target <id>", "for whom")
    .option("--attributes <json>", "the target's attributes, which segments and regions are decided by")
    .option("--at <revision>", "what it was shown at that revision", wholeNumber("--at", 1))
    .addHelpText("after", "\nExample:\n  synod release effective limits/cpu --target user-42")
    .action((key: string, _options, command: Command) => effective(key, command));
  transitions(release);
}

type Move = (releases: Releases, id: string, options: TransitionOptions) => Promise<Release>;

const MOVES: readonly (readonly [name: string, description: string, move: Move])[] = [
  ["validate", "Have a draft checked by the validators of its keys", (on, id, how) => on.validate(id, how)],
  ["reject", "Refuse a release of somebody else's; it ends", (on, id, how) => on.reject(id, how)],
  ["start", "Show it to the first stage", (on, id, how) => on.start(id, how)],
  ["advance", "Go on to the next stage before its time", (on, id, how) => on.advance(id, how)],
  ["complete", "Write its keys before the bake is over", (on, id, how) => on.complete(id, how)],
  ["pause", "Stop at this stage; who sees it goes on seeing it", (on, id, how) => on.pause(id, how)],
  ["resume", "Go on after a pause", (on, id, how) => on.resume(id, how)],
  ["rollback", "Withdraw it: nobody sees it any more", (on, id, how) => on.rollback(id, how)],
  ["cancel", "End a release that was not started", (on, id, how) => on.cancel(id, how)],
];

function transitions(release: Command): void {
  for (const [name, description, move] of MOVES) {
    transition(release, `${name} <id>`, description).action((id: string, _options, command: Command) =>
      moved(command, (releases, how) => move(releases, id, how)),
    );
  }
  transition(release, "approve <id>", "Agree to a release of somebody else's")
    .option("--digest <sha256>", "of the values that you looked at; refused if they are others")
    .action((id: string, { digest }: { digest?: string }, command: Command) =>
      moved(command, (releases, how) => releases.approve(id, { ...how, digest })),
    );
  transition(release, "schedule <id> <time>", "Start it by itself at a time, such as 2027-01-31T09:00Z").action(
    (id: string, time: string, _options, command: Command) => {
      const at = new Date(time);
      if (Number.isNaN(at.getTime())) throw usage(`a time is such as 2027-01-31T09:00Z, not "${time}"`);
      return moved(command, (releases, how) => releases.schedule(id, at, how));
    },
  );
  transition(release, "revert <id>", "Undo a completed release by a new one, which is printed")
    .option("--start", "start the new one at once")
    .action(async (id: string, { start }: { start?: boolean }, command: Command) => {
      await confirm(`The keys of ${id} will be what they were before it.`, settingsOf(command).yes);
      await moved(command, async (releases, how) => {
        const made = await releases.revert(id, how);
        return start === true ? releases.start(made.id, { step: made.step }) : made;
      });
    });
}

function transition(release: Command, usageText: string, description: string): Command {
  return release
    .command(usageText)
    .description(description)
    .option("--step <n>", "only from the step that you saw", wholeNumber("--step", 1))
    .option("--reason <text>", "why; kept with the transition")
    .option("--request-id <id>", "repeat a command whose outcome was unknown: it takes effect at most once");
}

async function moved(
  command: Command,
  move: (releases: Releases, options: TransitionOptions) => Promise<Release>,
): Promise<void> {
  const settings = settingsOf(command);
  const { step, reason, requestId } = command.opts<TransitionOptions>();
  const release = await move(synodOf(settings).releases, { step, reason, requestId });
  await printRow(statusRow(release), settings.output);
}

async function plan(changes: readonly string[], command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { target: targets, ...options } = command.opts<{ target?: string[] }>();
  const json = JSON.stringify({ ...(await releaseDraft(changes, options)), targets });
  const found = (await requestRaw(settings, "POST", "/releases:plan", { json })) as unknown as ReleasePlan;
  if (settings.output === "table") await write(planText(found));
  else await printRow(found, settings.output);
  const error = found.findings.find(({ severity }) => severity === "error");
  const [conflict] = found.conflicts;
  if (conflict !== undefined) throw new CliError(EXIT.conflict, `${conflict.release} holds ${conflict.key}`);
  if (error !== undefined) throw new CliError(EXIT.conflict, error.detail);
}

async function create(changes: readonly string[], command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { draft, start, requestId, ...options } = command.opts<{
    draft?: boolean;
    start?: boolean;
    requestId?: string;
  }>();
  if (draft === true && start === true) throw usage("--draft and --start exclude each other");
  const json = JSON.stringify({ ...(await releaseDraft(changes, options)), ...(draft === true ? { draft } : {}) });
  const made = (await requestRaw(settings, "POST", "/releases", { json, requestId })) as unknown as Release;
  const { releases } = synodOf(settings);
  const release = start === true ? await releases.start(made.id, { step: made.step }) : made;
  await printRow(statusRow(release), settings.output);
}

async function list(command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { state } = command.opts<{ state?: "active" }>();
  await printRows((await synodOf(settings).releases.list({ state })).map(statusRow), settings.output);
}

async function found(id: string, command: Command): Promise<Release> {
  const settings = settingsOf(command);
  const release = await synodOf(settings).releases.get(id);
  if (release !== null) return release;
  throw new CliError(EXIT.notFound, `there is no release ${id} in "${settings.namespace}"`);
}

async function status(id: string, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { releases } = synodOf(settings);
  const release = await found(id, command);
  if (command.opts<{ follow?: boolean }>().follow === true) return follow(releases, release, settings.output);
  const { verdicts, clients } = await releases.health(id);
  if (settings.output !== "table") return printRow({ ...statusRow(release), clients, verdicts }, settings.output);
  await printRow({ ...statusRow(release), clients }, "table");
  if (verdicts.length > 0) await write(`\n${tableOf(verdicts.map(verdictRow))}`);
}

async function explain(id: string, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { transitions: made } = await synodOf(settings).releases.health(id);
  if (settings.output === "table") await write(made.map(explanationOf).join(""));
  else await printRows(made as readonly Row[], settings.output);
}

async function effective(key: string, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const { target, attributes, at } = command.opts<{ target: string; attributes?: string; at?: number }>();
  const context = attributes === undefined ? undefined : attributesParse(attributes);
  const { releases } = synodOf(settings);
  await printRow(await releases.effective(key, target, { context, at }), settings.output);
}

function attributesParse(text: string): Record<string, never> {
  try {
    const attributes = JSON.parse(text) as unknown;
    if (typeof attributes === "object" && attributes !== null && !Array.isArray(attributes)) return attributes as never;
  } catch {
    // Told below.
  }
  throw usage("--attributes is a JSON object");
}
