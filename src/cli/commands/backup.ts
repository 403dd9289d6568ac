import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { BackupFault, BackupState, versionOf } from "../../backup/backup-state.ts";
import { type BackupHeader, backupLineParse } from "../../backup/format.ts";
import { SynodError } from "../../client/index.ts";
import { BackupFile, type BackupPart, backupLines } from "../backup-file.ts";
import { CliError, EXIT, usage } from "../exit.ts";
import { wholeNumber } from "../input.ts";
import { note, printRow, printRows } from "../output.ts";
import { readRaw } from "../raw.ts";
import { type Settings, settingsOf } from "../settings.ts";

interface Options {
  readonly since?: number;
  readonly base?: string;
  readonly local?: boolean;
}

export function backupCommand(program: Command): void {
  const backup = program
    .command("backup")
    .argument("[file]", "where to write; - is standard output")
    .description("Back a namespace up, at one revision, while writes go on; broken off, the same command goes on")
    .option("--since <revision>", "only what changed after that revision", wholeNumber("--since", 1))
    .option("--base <file>", "only what changed after that backup")
    .option("--local", "what the nearest learner has, where no quorum can be asked")
    .action(async (file: string | undefined, options: Options, command: Command) => {
      if (file === undefined) throw usage("name a file, or - for standard output");
      const settings = settingsOf(command);
      const query = await queryOf(options);
      if (file === "-") await toStandardOutput(settings, query);
      else await toFile(settings, query, file);
    });
  verifyCommand(backup);
  showCommand(backup);
}

function verifyCommand(backup: Command): void {
  backup
    .command("verify <files...>")
    .description("Check that a backup, and the increments that follow it, are whole and what was written")
    .action(async (files: string[], _options, command: Command) => {
      const state = await stateOf(files);
      await printRow({ ...summaryOf(state), status: "ok" }, settingsOf(command).output);
    });
}

function showCommand(backup: Command): void {
  backup
    .command("show <file>")
    .description("What a backup holds: its header, or with --key the versions of a key")
    .option("--key <key>", "the versions of this key, the oldest first")
    .action(async (file: string, { key }: { key?: string }, command: Command) => {
      const { output } = settingsOf(command);
      if (key === undefined) return printRow(summaryOf(await stateOf([file])), output);
      return printRows(versionsOf(file, key), output);
    });
}

async function* versionsOf(file: string, key: string) {
  for await (const text of backupLines(file)) {
    const line = backupLineParse(text);
    if (line?.kind !== "version" || line.key !== key || line.key_encoding !== undefined) continue;
    const { value, value_encoding, content_type, create_revision, version, actor, time } = line;
    const { revision, deletes } = versionOf(line);
    const at = { revision, deleted: deletes ? true : undefined };
    yield { ...at, value, value_encoding, content_type, create_revision, version, actor, time };
  }
}

/** Reads all of them; a file that is not what it should be ends the command. */
export async function stateOf(files: readonly string[]): Promise<BackupState> {
  const state = new BackupState();
  for (const file of files) {
    try {
      await state.add(backupLines(file));
    } catch (error) {
      if (error instanceof BackupFault) throw new CliError(EXIT.failed, `${file}: ${error.message}`);
      throw error;
    }
  }
  return state;
}

function summaryOf(state: BackupState) {
  const { namespace, epoch, slot, revision, compact_revision, created, since }: BackupHeader = state.header;
  const { keys, leases, proposals } = state;
  const counts = { keys, leases: leases.length, proposals };
  return { namespace, epoch, slot, revision, compact_revision, created, since, ...counts, content: state.content };
}

async function queryOf({ since, base, local }: Options): Promise<URLSearchParams> {
  const query = new URLSearchParams();
  if (since !== undefined && base !== undefined) throw usage("--since and --base say the same; give one");
  const from = base === undefined ? since : (await stateOf([base])).header.revision;
  if (from !== undefined) query.set("since", `${from}`);
  if (local === true) query.set("consistency", "local");
  return query;
}

async function toStandardOutput(settings: Settings, query: URLSearchParams): Promise<void> {
  const response = await readRaw(settings, "/backup", query);
  if (response.body === null) throw new CliError(EXIT.failed, "the answer has no body");
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream("/dev/stdout"));
}

async function toFile(settings: Settings, query: URLSearchParams, path: string): Promise<void> {
  const file = new BackupFile(path);
  const what = `${settings.url} ${settings.namespace} ${query.toString()}`;
  let cursor: string | undefined = await file.resume(what);
  if (cursor !== "") note("goes on where it broke off");
  while (cursor !== undefined) {
    const asked = new URLSearchParams(query);
    asked.set("cursor", cursor);
    const part = await partOf(settings, asked, file);
    await file.write(part, what);
    cursor = part.cursor;
  }
  await file.finish();
  const { namespace, revision, keys } = summaryOf(await stateOf([path]));
  note(`${namespace} at revision ${revision}, ${keys} keys: ${path}`);
}

async function partOf(settings: Settings, query: URLSearchParams, file: BackupFile): Promise<BackupPart> {
  const response = await readRaw(settings, "/backup", query).catch(async (error: unknown) => {
    // What was begun cannot be finished.
    if (error instanceof SynodError && error.code === "compacted" && query.get("cursor") !== "") await file.forget();
    throw error;
  });
  return { text: await response.text(), cursor: response.headers.get("synod-cursor") ?? undefined };
}
