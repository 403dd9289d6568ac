import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Machine, machineText } from "./machine.ts";
import { ROOT } from "./server.ts";

const FOLDER = join(ROOT, "bench", "results");

/** A Markdown table, aligned so that it reads as plain text too; the first column is of words, the rest of numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Prints a result's sections, and keeps them as Markdown and the numbers as JSON. */
export function report(
  name: string,
  on: Machine,
  sections: readonly string[],
  data: Readonly<Record<string, unknown>>,
): void {
  const text = [...sections, machineText(on)].join("\n\n");
  console.log(`\n${text}\n`);
  save(`${name}.md`, `${text}\n`);
  save(`${name}.json`, `${JSON.stringify({ machine: on, ...data }, undefined, 2)}\n`);
}

export function save(file: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, file);
  writeFileSync(path, text);
  console.log(`wrote ${relative(ROOT, path)}`);
}
