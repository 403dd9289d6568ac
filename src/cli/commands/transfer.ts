import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { put, type Synod } from "../../client/index.ts";
import { usage } from "../exit.ts";
import { IMPORT_FORMATS, type ImportFormat, importedEntries } from "../import-format.ts";
import { wholeNumber } from "../input.ts";
import { note, write } from "../output.ts";
import { settingsOf, synodOf } from "../settings.ts";
import { valueText } from "../value-text.ts";

/** Keys of one transaction of an import: of values that are not large, well below what a request may hold. */
const KEYS_PER_TXN = 64;
const BYTES_PER_TXN = 512 * 1024;

export function exportCommand(program: Command): void {
  program
    .command("export [prefix]")
    .description("Print keys as JSON lines, all at one revision")
    .option("--revision <n>", "as they were at this revision", wholeNumber("--revision", 1))
    .action(async (prefix: string | undefined, options: { revision?: number }, command: Command) => {
      const synod = synodOf(settingsOf(command));
      for await (const entry of synod.kv.list(prefix ?? "", { as: "bytes", revision: options.revision })) {
        const { key, keyBytes, value, contentType } = entry;
        const isText = Buffer.from(key, "utf8").equals(keyBytes);
        const named = isText ? { key } : { key: Buffer.from(keyBytes).toString("base64"), key_encoding: "base64" };
        await write(`${JSON.stringify({ ...named, ...valueText(value), content_type: contentType })}\n`);
      }
    });
}

export function importCommand(program: Command): void {
  program
    .command("import [file]")
    .description(
      "Write keys from JSON lines, or from what etcdctl, wrangler kv or consul kv export; - is standard input",
    )
    .option("--from <format>", `one of ${IMPORT_FORMATS.join(", ")}`, "jsonl")
    .option("--prefix <prefix>", "put before every key", "")
    .action(async (file: string | undefined, options: { from: string; prefix: string }, command: Command) => {
      const format = IMPORT_FORMATS.find((one) => one === options.from);
      if (format === undefined) throw usage(`--from is one of ${IMPORT_FORMATS.join(", ")}, not "${options.from}"`);
      await importAll(synodOf(settingsOf(command)), file ?? "-", format, options.prefix);
    });
}

async function importAll(synod: Synod, file: string, format: ImportFormat, prefix: string): Promise<void> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  let batch: ReturnType<typeof put>[] = [];
  let bytes = 0;
  let count = 0;
  const flush = async () => {
    if (batch.length > 0) await synod.txn({ do: batch });
    count += batch.length;
    batch = [];
    bytes = 0;
    if (process.stderr.isTTY) process.stderr.write(`\r${count} keys`);
  };
  for await (const { key, value, contentType } of importedEntries(createInterface({ input }), format)) {
    const whole = Buffer.concat([Buffer.from(prefix), key]);
    batch.push(put(new Uint8Array(whole), new Uint8Array(value), { contentType }));
    bytes += value.byteLength;
    if (batch.length >= KEYS_PER_TXN || bytes >= BYTES_PER_TXN) await flush();
  }
  await flush();
  note(`${process.stderr.isTTY ? "\r" : ""}${count} keys were written`);
}
