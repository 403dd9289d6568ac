import { createHash } from "node:crypto";
import type { Command } from "commander";
import type { BackupState } from "../../backup/backup-state.ts";
import {
  type BackupLease,
  type BackupProposal,
  type BackupVersion,
  backupLineParse,
  bytesOfLine,
} from "../../backup/format.ts";
import { SynodError } from "../../client/index.ts";
import { backupLines } from "../backup-file.ts";
import { wholeNumber } from "../input.ts";
import { note } from "../output.ts";
import { readRaw, requestRaw } from "../raw.ts";
import { type Settings, settingsOf } from "../settings.ts";
import { stateOf } from "./backup.ts";

const CHUNK_ITEMS = 256;
/** Of keys and values as JSON. An entry of the log takes 1.5 MiB. */
const CHUNK_CHARS = 512 * 1024;

interface Options {
  readonly prefix?: string;
  readonly lastKnown?: number;
}

/** What goes in one step. */
interface Chunk {
  readonly versions: BackupVersion[];
  readonly leases: BackupLease[];
  readonly proposals: BackupProposal[];
}

export function restoreCommand(program: Command): void {
  program
    .command("restore <files...>")
    .description(
      "Restore a backup, and the increments that follow it, into a fresh namespace; broken off, the same command goes on",
    )
    .option("--prefix <prefix>", "only keys that begin with it")
    .option("--last-known <revision>", "a later revision that clients may have seen", wholeNumber("--last-known", 1))
    .action(async (files: string[], options: Options, command: Command) => {
      const settings = settingsOf(command);
      const state = await stateOf(files);
      const { revision, chunks } = await restoreAll(settings, state, files, options);
      note(`${settings.namespace} holds ${state.header.namespace} as of revision ${state.header.revision}`);
      note(`${chunks} chunks; revisions go on from ${revision}`);
    });
}

async function restoreAll(
  settings: Settings,
  state: BackupState,
  files: readonly string[],
  { prefix = "", lastKnown = 0 }: Options,
): Promise<{ readonly revision: number; readonly chunks: number }> {
  const isWanted = (key: Uint8Array) => startsWith(key, new TextEncoder().encode(prefix));
  const { leases, wanted } = await selection(state, files, isWanted, prefix);
  const content = state.contentOf(isWanted, leases);
  const restore = createHash("sha256").update(`${content} ${state.header.slot} ${prefix}`).digest("hex");
  const revision = Math.max(state.header.revision, lastKnown);
  const begun = await send(settings, { step: "begin", restore, revision });
  if (begun.next > 0) note(`goes on with chunk ${begun.next}`);
  let index = 0;
  for await (const chunk of chunksOf(wanted(), leases)) {
    if (index >= begun.next) await send(settings, { step: "chunk", restore, index, ...chunk });
    index++;
    if (process.stderr.isTTY) process.stderr.write(`\r${index} chunks`);
  }
  const ended = await send(settings, { step: "end", restore, chunks: index, content });
  await releasesEnd(settings);
  return { revision: ended.revision, chunks: index };
}

/** The lines that are restored, in their order, and the leases that their keys, or a whole backup, need. */
async function selection(
  state: BackupState,
  files: readonly string[],
  isWanted: (key: Uint8Array) => boolean,
  prefix: string,
) {
  const proposed = new Set<string>();
  async function* wanted(): AsyncGenerator<BackupVersion | BackupProposal> {
    proposed.clear();
    for (const file of files) {
      for await (const text of backupLines(file)) {
        const line = backupLineParse(text);
        if (line?.kind === "version" && state.isLive(line) && isWanted(bytesOfLine(line).key)) yield line;
        if (line?.kind !== "proposal" || !isWanted(bytesOfLine(line).key)) continue;
        // Each increment repeats them all.
        const name = `${line.key_encoding ?? ""} ${line.key}`;
        if (!proposed.has(name)) yield line;
        proposed.add(name);
      }
    }
  }
  if (prefix === "") return { wanted, leases: state.leases };
  const held = new Set<string>();
  for await (const line of wanted()) if (line.kind === "version" && line.lease !== undefined) held.add(line.lease);
  return { wanted, leases: state.leases.filter(({ id }) => held.has(id)) };
}

/** The same chunks each time. Leases come last, so that their time begins as late as can be. */
async function* chunksOf(
  lines: AsyncIterable<BackupVersion | BackupProposal>,
  leases: readonly BackupLease[],
): AsyncGenerator<Chunk> {
  let chunk: Chunk = { versions: [], leases: [], proposals: [] };
  let items = 0;
  let chars = 0;
  const size = (line: object) => JSON.stringify(line).length;
  async function* all() {
    yield* lines;
    yield* leases;
  }
  for await (const line of all()) {
    if (items >= CHUNK_ITEMS || (items > 0 && chars + size(line) > CHUNK_CHARS)) {
      yield chunk;
      chunk = { versions: [], leases: [], proposals: [] };
      items = 0;
      chars = 0;
    }
    if (line.kind === "version") chunk.versions.push(line);
    else if (line.kind === "proposal") chunk.proposals.push(line);
    else chunk.leases.push(line);
    items++;
    chars += size(line);
  }
  if (items > 0) yield chunk;
}

/** What was being rolled out when the backup was made is not rolled out any further. */
async function releasesEnd(settings: Settings): Promise<void> {
  const response = await readRaw(settings, "/releases", new URLSearchParams({ state: "active" }));
  const { releases } = (await response.json()) as { readonly releases: readonly { readonly id: string }[] };
  const json = JSON.stringify({ reason: "restored" });
  for (const { id } of releases) {
    const path = `/releases/${encodeURIComponent(id)}`;
    try {
      await requestRaw(settings, "POST", `${path}/cancel`, { json });
    } catch (error) {
      if (!(error instanceof SynodError) || error.code !== "release-state") throw error;
      await requestRaw(settings, "POST", `${path}/rollback`, { json });
    }
    note(`the release ${id} was ended (restored)`);
  }
}

async function send(settings: Settings, step: object): Promise<{ readonly revision: number; readonly next: number }> {
  const row = await requestRaw(settings, "POST", "/restore", { json: JSON.stringify(step) });
  return row as { readonly revision: number; readonly next: number };
}

function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, at) => key[at] === byte);
}
