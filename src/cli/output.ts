import type { Output } from "./settings.ts";

/** A row as it is printed: its members in order. */
export type Row = Readonly<Record<string, unknown>>;

const CELL_CHARS_MAX = 60;

/** Prints rows as they come: in a table for people, as JSON for programs. */
export async function printRows(rows: AsyncIterable<Row> | Iterable<Row>, output: Output): Promise<void> {
  if (output === "jsonl") {
    for await (const row of rows) await write(`${JSON.stringify(row)}\n`);
    return;
  }
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  await write(output === "json" ? `${JSON.stringify(all, null, 2)}\n` : tableOf(all));
}

/** Prints one thing: its members below each other for people. */
export async function printRow(row: Row, output: Output): Promise<void> {
  if (output !== "table") return write(`${JSON.stringify(row, null, output === "json" ? 2 : undefined)}\n`);
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  await write(entries.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}\n`).join(""));
}

export function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (names.length === 0) return "";
  const lines = [names, ...rows.map((row) => names.map((name) => clipped(cell(row[name]))))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : printable(`${value as string | number | boolean}`);
}

/** Control characters of a value must not reach a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function clipped(text: string): string {
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX - 1)}…` : text;
}

/** Waits while the reader does. A reader that has gone away ends the program, as other tools do. */
export function write(chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
