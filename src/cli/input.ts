import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { buffer } from "node:stream/consumers";
import { CliError, EXIT, usage } from "./exit.ts";

/** A value from an argument, from `@file`, or from standard input (`-`, or no argument). */
export async function valueFrom(argument: string | undefined): Promise<Uint8Array> {
  if (argument === undefined || argument === "-") return new Uint8Array(await buffer(process.stdin));
  if (argument.startsWith("@@")) return new TextEncoder().encode(argument.slice(1));
  if (!argument.startsWith("@")) return new TextEncoder().encode(argument);
  const path = argument.slice(1);
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw usage(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** What bytes are, as a media type: JSON, text, or anything. */
export function contentTypeOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "application/octet-stream";
  }
  try {
    JSON.parse(text);
    return /^\s*[[{]/.test(text) ? "application/json" : "text/plain; charset=utf-8";
  } catch {
    return "text/plain; charset=utf-8";
  }
}

export function wholeNumber(name: string, least = 0): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
      throw usage(`${name} is a whole number from ${least} on, not "${text}"`);
    }
    return number;
  };
}

/** Asks before something that cannot be taken back; where nobody can be asked, `--yes` has to say so. */
export async function confirm(question: string, isYes: boolean): Promise<void> {
  if (isYes) return;
  if (!process.stdin.isTTY) throw usage(`${question} Say --yes`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(EXIT.failed, "nothing was done");
}
