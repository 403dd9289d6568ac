import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "commander";
import type { Batch, WatchEvent } from "../../client/index.ts";
import { CliError, EXIT } from "../exit.ts";
import { wholeNumber } from "../input.ts";
import { note, type Row, write } from "../output.ts";
import { settingsOf, synodOf } from "../settings.ts";
import { valueText } from "../value-text.ts";

interface Options {
  readonly key?: boolean;
  readonly from?: number;
  readonly exec?: string;
}

export function watchCommand(program: Command): void {
  program
    .command("watch [prefix]")
    .description("Follow the keys that begin with a prefix: one line of JSON for each change")
    .option("--key", "just this one key")
    .option("--from <revision>", "begin with this revision", wholeNumber("--from", 1))
    .option("--exec <command>", "run a command for each revision, with its changes as JSON on standard input")
    .addHelpText(
      "after",
      "\nExamples:\n  synod watch config/\n  synod watch --key theme --exec 'jq -r .[0].value > theme.txt'",
    )
    .action((prefix: string | undefined, options: Options, command: Command) => follow(prefix ?? "", options, command));
}

async function follow(prefix: string, { key, from, exec }: Options, command: Command): Promise<void> {
  await using synod = synodOf(settingsOf(command));
  const watch = synod.watch<Uint8Array>(key === true ? { key: prefix } : { prefix }, { from, as: "bytes" });
  watch.on("state", (state) => {
    if (process.stderr.isTTY) note(`# ${state}`);
  });
  for await (const batch of watch) {
    const rows = await rowsOf(batch);
    if (rows.length === 0) continue;
    if (exec === undefined) for (const row of rows) await write(`${JSON.stringify(row)}\n`);
    else await run(exec, rows);
  }
}

async function rowsOf(batch: Batch<Uint8Array>): Promise<readonly Row[]> {
  if (batch.kind === "events") return batch.events.map(eventRow);
  if (batch.kind === "progress") return [];
  const entries = await Array.fromAsync(batch.entries);
  const all = entries.map(({ key, value, revision }) => ({ type: "put", key, ...valueText(value), revision }));
  return [{ type: "reset", revision: batch.revision, compacted: batch.compacted }, ...all];
}

function eventRow(event: WatchEvent<Uint8Array>): Row {
  const { type, key, revision } = event;
  return type === "delete" ? { type, key, revision } : { type, key, ...valueText(event.value), revision };
}

async function run(commandLine: string, rows: readonly Row[]): Promise<void> {
  const child = spawn(commandLine, { shell: true, stdio: ["pipe", "inherit", "inherit"] });
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(rows));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new CliError(EXIT.failed, `the command ended with ${code}`);
}
