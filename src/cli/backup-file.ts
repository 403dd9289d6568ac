import { createReadStream, createWriteStream } from "node:fs";
import { open, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { BackupFault } from "../backup/backup-state.ts";
import { BACKUP_LINE_CHARS_MAX } from "../backup/format.ts";
import { GZIP_HEADER } from "../backup/gzip-header.ts";

/** How far a backup was written before it broke off. */
interface Progress {
  readonly url: string;
  readonly cursor: string;
  /** Bytes of the part file that are whole. */
  readonly bytes: number;
}

/** One part of a backup: its lines, and where it goes on. */
export type BackupPart = { readonly text: string; readonly cursor: string | undefined };

/**
 * Writes a backup part by part, so that a run that broke off is taken up by the next one: plain lines beside the
 * file, which is made of them at the end.
 */
export class BackupFile {
  readonly #path: string;
  readonly #part: string;
  readonly #progress: string;

  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.part`;
    this.#progress = `${path}.progress`;
  }

  /** Where to go on; empty where nothing was begun. `url`: what is backed up, which must be the same. */
  async resume(url: string): Promise<string> {
    const text = await readFile(this.#progress, "utf8").catch(() => undefined);
    const progress = text === undefined ? undefined : (JSON.parse(text) as Progress);
    if (progress === undefined || progress.url !== url) {
      await writeFile(this.#part, "");
      return "";
    }
    await truncate(this.#part, progress.bytes);
    return progress.cursor;
  }

  async write({ text, cursor }: BackupPart, url: string): Promise<void> {
    const file = await open(this.#part, "a");
    try {
      await file.appendFile(text);
      await file.sync();
      const { size } = await file.stat();
      if (cursor === undefined) return;
      // What is read back is whole: a rename happens or does not.
      const progress = JSON.stringify({ url, cursor, bytes: size } satisfies Progress);
      await writeFile(`${this.#progress}.new`, progress);
      await rename(`${this.#progress}.new`, this.#progress);
    } finally {
      await file.close();
    }
  }

  /** What was begun is of no use any more. */
  async forget(): Promise<void> {
    await rm(this.#progress, { force: true });
    await rm(this.#part, { force: true });
  }

  async finish(): Promise<void> {
    const compressed = `${this.#path}.new`;
    await pipeline(createReadStream(this.#part), createGzip(), createWriteStream(compressed));
    const file = await open(compressed, "r+");
    await file.write(GZIP_HEADER, 0, GZIP_HEADER.length, 0);
    await file.sync();
    await file.close();
    await rename(compressed, this.#path);
    await this.forget();
  }
}

/** The lines of a backup; throws `BackupFault` where the file is not whole. */
export async function* backupLines(path: string): AsyncGenerator<string, void, undefined> {
  await headerCheck(path);
  const source = createReadStream(path);
  const unzipped = createGunzip();
  const broken = pipeline(source, unzipped).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    for await (const line of createInterface({ input: unzipped, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.length > BACKUP_LINE_CHARS_MAX) throw new BackupFault(`${path} has a line that is too long`);
      yield line;
    }
  } finally {
    source.destroy();
  }
  const error = await broken;
  if (error !== undefined) throw new BackupFault(`${path} is not whole: ${(error as Error).message}`);
}

async function headerCheck(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP_HEADER.length), 0, GZIP_HEADER.length, 0);
    const isOurs = bytesRead === GZIP_HEADER.length && GZIP_HEADER.every((byte, index) => buffer[index] === byte);
    if (!isOurs) throw new BackupFault(`${path} is no backup of this format`);
  } finally {
    await file.close();
  }
}
