import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { ReleaseInput } from "../../api/release.ts";
import type { StrategyInput } from "../../api/strategy.ts";
import { usage } from "../exit.ts";
import { contentTypeOf, valueFrom, wholeNumber } from "../input.ts";
import { valueText } from "../value-text.ts";

type Draft = Partial<Pick<ReleaseInput, "changes" | "note" | "salt" | "draft">> & {
  readonly strategy?: StrategyInput | string | undefined;
};
type Change = ReleaseInput["changes"][number];

interface Options {
  readonly delete?: readonly string[];
  readonly file?: string;
  readonly strategy?: string;
  readonly stage?: readonly string[];
  readonly bake?: number;
  readonly approvals?: number;
  readonly note?: string;
  readonly salt?: string;
}

export const RELEASE_EXAMPLES = `
Examples:
  synod release create limits/cpu=2 limits/ram=@ram.json --strategy Canary10Percent20Minutes --note "two cores"
  synod release create theme=dark --delete theme/old --stage 10%:5m --stage 50%:10m --bake 5m --start
  synod release create --file release.json`;

/** The options that say what a release is, of `plan` and `create`. */
export function releaseOptions(command: Command): Command {
  return command
    .argument("[changes...]", "KEY=VALUE, KEY=@file, or KEY=- for standard input")
    .option("--delete <key...>", "keys that go")
    .option("--file <path>", "the release as JSON, as the interface takes it; - is standard input")
    .option("--strategy <strategy>", "the name of one, or one as JSON or @file")
    .option("--stage <share:time...>", "a strategy by its stages: 10%:5m is a tenth of all targets for 5 minutes")
    .option("--bake <time>", "with --stage: how long all see it before the keys are written", secondsOf)
    .option("--approvals <n>", "with --stage: how many others have to agree", wholeNumber("--approvals"))
    .option("--note <text>", "what it is for")
    .option("--salt <text>", "of a release that is tried again: the same targets go first")
    .addHelpText("after", RELEASE_EXAMPLES);
}

/** The release that the command line asks for. The service checks it. */
export async function releaseDraft(changes: readonly string[], options: Options): Promise<Draft> {
  if (changes.filter((change) => change.endsWith("=-")).length > 1) throw usage("standard input is one value");
  const file = options.file === undefined ? {} : await fileRead(options.file);
  const given = [
    ...(await Promise.all(changes.map(changeParse))),
    ...(options.delete ?? []).map((key): Change => ({ key, delete: true })),
  ];
  if (file.changes !== undefined && given.length > 0) throw usage("give changes or --file, not both");
  const all = file.changes ?? given;
  if (all.length === 0) throw usage("a release has one change at least, such as limits/cpu=2");
  const strategy = await strategyOf(options);
  const { note = file.note, salt = file.salt } = options;
  return { ...file, changes: all, note, salt, strategy: strategy ?? file.strategy };
}

async function fileRead(path: string): Promise<Draft> {
  const text = path === "-" ? await valueFrom("-") : await readFile(path).catch(() => undefined);
  if (text === undefined) throw usage(`${path} cannot be read`);
  const draft = jsonParse(new TextDecoder().decode(text)) as Draft | undefined;
  if (typeof draft === "object" && draft !== null && Array.isArray(draft.changes)) return draft;
  throw usage(`${path} is no release: a JSON object with changes`);
}

async function changeParse(text: string): Promise<Change> {
  const at = text.indexOf("=");
  if (at < 1) throw usage(`a change is KEY=VALUE, not "${text}"; --delete takes a key away`);
  const bytes = await valueFrom(text.slice(at + 1));
  return { key: text.slice(0, at), ...valueText(bytes), content_type: contentTypeOf(bytes) };
}

async function strategyOf({ strategy, stage, bake, approvals }: Options): Promise<StrategyInput | string | undefined> {
  if (stage !== undefined) {
    if (strategy !== undefined) throw usage("--strategy and --stage exclude each other");
    return { stages: stage.map(stageParse), bake_s: bake, approvals };
  }
  if (bake !== undefined || approvals !== undefined) throw usage("--bake and --approvals go with --stage");
  if (strategy === undefined || !/^[@{]/.test(strategy)) return strategy;
  const parsed = jsonParse(new TextDecoder().decode(await valueFrom(strategy)));
  if (typeof parsed === "object" && parsed !== null) return parsed as StrategyInput;
  throw usage("--strategy is a name, or a JSON object");
}

function stageParse(text: string): StrategyInput["stages"][number] {
  const [, percent, time] = /^(\d+(?:\.\d)?)%:(\w+)$/.exec(text) ?? [];
  if (percent === undefined || time === undefined) throw usage(`a stage is such as 10%:5m, not "${text}"`);
  return { share: Math.round(Number(percent) * 10) / 1_000, dwell_s: secondsOf(time) };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds: `90`, `90s`, `5m`, `2h`, `1d`. */
function secondsOf(text: string): number {
  const [, count, unit = ""] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  if (count === undefined) throw usage(`a time is such as 90s, 5m, 2h or 1d, not "${text}"`);
  return Number(count) * (UNITS[unit] ?? 1);
}

function jsonParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
