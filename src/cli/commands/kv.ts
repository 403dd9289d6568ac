import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { Entry, Synod, Version } from "../../client/index.ts";
import { CliError, EXIT, usage } from "../exit.ts";
import { confirm, contentTypeOf, valueFrom, wholeNumber } from "../input.ts";
import { note, printRow, printRows, type Row, write } from "../output.ts";
import { type Settings, settingsOf, synodOf } from "../settings.ts";
import { valueText } from "../value-text.ts";

export function kvCommand(program: Command): void {
  const kv = program.command("kv").description("Keys and values");

  kv.command("get <key>")
    .description("Print a value as it is; with -o json, the entry around it")
    .option("--local", "from the nearest region, which may be a little old")
    .option("--revision <n>", "as it was at this revision", wholeNumber("--revision", 1))
    .action((key: string, _options, command: Command) => get(key, command));

  kv.command("put <key> [value]")
    .description("Write a value: the argument, @file, or standard input")
    .option("--if-revision <n>", "only if the key is still at this revision", wholeNumber("--if-revision", 1))
    .option("--if-absent", "only if there is no such key")
    .option("--lease <id>", "the key goes when this lease does")
    .option("--content-type <type>", "what the value is; told from its bytes when absent")
    .option("--request-id <id>", "repeat a write whose outcome was unknown: it takes effect at most once")
    .action((key: string, value: string | undefined, _options, command: Command) => putKey(key, value, command));

  kv.command("del <key>")
    .description("Delete a key, or with --prefix all that begin with it")
    .option("--prefix", "all keys that begin with it")
    .option("--if-revision <n>", "only if the key is still at this revision", wholeNumber("--if-revision", 1))
    .action((key: string, _options, command: Command) => del(key, command));

  kv.command("list [prefix]")
    .description("List keys in order, all at one revision")
    .option("--revision <n>", "as they were at this revision", wholeNumber("--revision", 1))
    .option("--limit <n>", "at most so many", wholeNumber("--limit", 1))
    .action((prefix: string | undefined, _options, command: Command) => list(prefix ?? "", command));

  kv.command("history <key>")
    .description("The versions of a key that are still kept, the newest first")
    .option("--limit <n>", "at most so many", wholeNumber("--limit", 1))
    .action((key: string, _options, command: Command) => history(key, command));

  kv.command("diff <key> <from> [to]")
    .description("What changed between two revisions of a key; `to` is now when absent")
    .action((key: string, from: string, to: string | undefined, _options, command: Command) =>
      diff(key, wholeNumber("from", 1)(from), to === undefined ? undefined : wholeNumber("to", 1)(to), command),
    );

  kv.command("edit <key>")
    .description("Edit a value in $EDITOR; it is written only if nobody else wrote it meanwhile")
    .action((key: string, _options, command: Command) => edit(key, command));
}

function open(command: Command): { readonly settings: Settings; readonly synod: Synod } {
  const settings = settingsOf(command);
  return { settings, synod: synodOf(settings) };
}

async function get(key: string, command: Command): Promise<void> {
  const { settings, synod } = open(command);
  const { local, revision } = command.opts<{ local?: boolean; revision?: number }>();
  const entry = await synod.kv.get(key, { as: "bytes", revision, consistency: local ? "local" : undefined });
  if (entry === null) throw new CliError(EXIT.notFound, `there is no key "${key}" in "${settings.namespace}"`);
  // Bytes go out as they are, unless the entry is asked for.
  if (command.optsWithGlobals<{ output?: string }>().output === undefined) await write(entry.value);
  else await printRow(entryRow(entry), settings.output);
}

async function putKey(key: string, value: string | undefined, command: Command): Promise<void> {
  const { settings, synod } = open(command);
  const { ifRevision, ifAbsent, lease, contentType, requestId } = command.opts<{
    ifRevision?: number;
    ifAbsent?: boolean;
    lease?: string;
    contentType?: string;
    requestId?: string;
  }>();
  if (ifRevision !== undefined && ifAbsent === true) throw usage("--if-revision and --if-absent exclude each other");
  const bytes = await valueFrom(value);
  const type = contentType ?? contentTypeOf(bytes);
  const receipt = await synod.kv.put(key, bytes, { ifRevision, ifAbsent, lease, contentType: type, requestId });
  await printRow({ ...receipt }, settings.output);
}

async function del(key: string, command: Command): Promise<void> {
  const { settings, synod } = open(command);
  const { prefix, ifRevision } = command.opts<{ prefix?: boolean; ifRevision?: number }>();
  if (prefix !== true) {
    const receipt = await synod.kv.delete(key, { ifRevision });
    if (receipt.deleted === 0)
      throw new CliError(EXIT.notFound, `there was no key "${key}" in "${settings.namespace}"`);
    return printRow({ ...receipt }, settings.output);
  }
  await confirm(`Delete every key that begins with "${key}" in "${settings.namespace}"?`, settings.yes);
  await printRow({ ...(await synod.kv.deletePrefix(key)) }, settings.output);
}

async function list(prefix: string, command: Command): Promise<void> {
  const { settings, synod } = open(command);
  const { revision, limit } = command.opts<{ revision?: number; limit?: number }>();
  await printRows(rowsOf(synod.kv.list(prefix, { as: "bytes", revision }), entryRow, limit), settings.output);
}

async function history(key: string, command: Command): Promise<void> {
  const { settings, synod } = open(command);
  const { limit } = command.opts<{ limit?: number }>();
  const versions = synod.kv.history<Uint8Array>(key, { as: "bytes" });
  await printRows(rowsOf(versions, versionRow, limit), settings.output);
}

async function diff(key: string, from: number, to: number | undefined, command: Command): Promise<void> {
  const { synod } = open(command);
  const [before, after] = await Promise.all([from, to].map((revision) => synod.kv.get(key, { as: "bytes", revision })));
  const folder = await mkdtemp(join(tmpdir(), "synod-diff-"));
  try {
    const names = [`${from}`, to === undefined ? "now" : `${to}`];
    for (const [index, entry] of [before, after].entries()) {
      await writeFile(join(folder, names[index] ?? ""), entry?.value ?? new Uint8Array());
    }
    const child = spawn("diff", ["-u", ...names], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0 && code !== 1) throw new CliError(EXIT.failed, "diff failed");
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function edit(key: string, command: Command): Promise<void> {
  const { settings, synod } = open(command);
  const entry = await synod.kv.get(key, { as: "bytes" });
  const folder = await mkdtemp(join(tmpdir(), "synod-edit-"));
  const path = join(folder, "value");
  await writeFile(path, entry?.value ?? new Uint8Array(), { mode: 0o600 });
  const editor = process.env["VISUAL"] ?? process.env["EDITOR"] ?? "vi";
  const [code] = (await once(spawn(editor, [path], { stdio: "inherit", shell: true }), "exit")) as [number | null];
  if (code !== 0) throw new CliError(EXIT.failed, `${editor} ended with ${code}; nothing was written`);
  const bytes = new Uint8Array(await readFile(path));
  if (entry !== null && Buffer.compare(bytes, entry.value) === 0) return note("nothing was changed");
  const condition =
    entry === null ? { ifAbsent: true } : { ifRevision: entry.revision, contentType: entry.contentType };
  try {
    await printRow({ ...(await synod.kv.put(key, bytes, condition)) }, settings.output);
  } catch (error) {
    note(`what you wrote is kept in ${path}`);
    throw error;
  }
  await rm(folder, { recursive: true });
}

async function* rowsOf<T>(items: AsyncIterable<T>, rowOf: (item: T) => Row, limit = Number.POSITIVE_INFINITY) {
  let count = 0;
  for await (const item of items) {
    yield rowOf(item);
    if (++count >= limit) return;
  }
}

function entryRow(entry: Entry<Uint8Array>): Row {
  const { key, value, contentType, revision, version, createRevision, lease } = entry;
  const row = { key, ...valueText(value), revision, version, createRevision, contentType };
  return lease === undefined ? row : { ...row, lease };
}

function versionRow(version: Version<Uint8Array>): Row {
  if (version.type === "delete") return { type: "delete", revision: version.revision };
  return { type: "put", revision: version.revision, version: version.version, ...valueText(version.value) };
}
