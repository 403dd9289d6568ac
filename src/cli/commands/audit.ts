import type { Command } from "commander";
import { wholeNumber } from "../input.ts";
import { printRows, type Row } from "../output.ts";
import { readRaw } from "../raw.ts";
import { type Settings, settingsOf } from "../settings.ts";

interface AuditOptions {
  readonly actor?: string;
  readonly kind?: string;
  readonly from?: number;
  readonly limit?: number;
}

interface Page {
  readonly changes: readonly Row[];
  readonly cursor?: string;
}

export function auditCommand(program: Command): void {
  program
    .command("audit")
    .description("Who changed what and when, the oldest first, without values; compaction forgets")
    .option("--actor <principal>", "only what this principal did, such as token:abcdefghijkl")
    .option("--kind <kind>", "only keys, access, releases or documents")
    .option("--from <revision>", "the first revision; the oldest that is kept when not given", wholeNumber("--from", 1))
    .option("--limit <count>", "at most so many changes", wholeNumber("--limit", 1))
    .addHelpText("after", "\nExample:\n  synod audit --kind access -o jsonl")
    .action(async (options: AuditOptions, command: Command) => {
      const settings = settingsOf(command);
      await printRows(changes(settings, options), settings.output);
    });
}

/** Page after page, as they are read. */
async function* changes(
  settings: Settings,
  { limit = Number.POSITIVE_INFINITY, ...filter }: AuditOptions,
): AsyncGenerator<Row, void, undefined> {
  const query = new URLSearchParams(
    Object.entries(filter).map(([name, value]): [string, string] => [name, `${value}`]),
  );
  let left = limit;
  for (;;) {
    const page = (await (await readRaw(settings, "/audit", query)).json()) as Page;
    yield* page.changes.slice(0, left);
    left -= page.changes.length;
    if (page.cursor === undefined || left <= 0) return;
    query.set("cursor", page.cursor);
  }
}
