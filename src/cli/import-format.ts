import { usage } from "./exit.ts";

export const IMPORT_FORMATS = ["jsonl", "etcd", "workers-kv", "consul"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportedEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly contentType?: string | undefined;
}

interface Line {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  readonly key_encoding?: string;
  readonly value_encoding?: string;
  readonly content_type?: string;
}

/**
 * The entries of an export. `jsonl` is what `synod export` prints; `etcd`, what `etcdctl get --prefix "" -w json` does;
 * `workers-kv`, what `wrangler kv bulk put` takes; `consul`, what `consul kv export` prints.
 */
export async function* importedEntries(
  lines: AsyncIterable<string>,
  format: ImportFormat,
): AsyncGenerator<ImportedEntry, void, undefined> {
  if (format === "jsonl") {
    let number = 0;
    for await (const line of lines) {
      number++;
      if (line.trim() !== "") yield entryOf(parsed(line, `line ${number}`) as Line, `line ${number}`);
    }
    return;
  }
  const whole = parsed((await Array.fromAsync(lines)).join("\n"), "the input");
  for (const [index, one] of listOf(whole, format).entries()) yield OTHERS[format](one as never, `entry ${index + 1}`);
}

const OTHERS = {
  etcd: ({ key, value }: Line, at: string) =>
    entryOf({ key, value: value ?? "", key_encoding: "base64", value_encoding: "base64" }, at),
  "workers-kv": ({ key, value, base64 }: Line & { readonly base64?: boolean }, at: string) =>
    entryOf({ key, value, ...(base64 === true ? { value_encoding: "base64" } : {}) }, at),
  consul: ({ key, value }: Line, at: string) => entryOf({ key, value, value_encoding: "base64" }, at),
};

function listOf(whole: unknown, format: ImportFormat): readonly unknown[] {
  const list = format === "etcd" ? (whole as { readonly kvs?: unknown }).kvs : whole;
  if (Array.isArray(list)) return list;
  throw usage(`the input is not an export of ${format}`);
}

function entryOf({ key, value, key_encoding, value_encoding, content_type }: Line, at: string): ImportedEntry {
  if (typeof key !== "string" || typeof value !== "string") throw usage(`${at} has no key and value`);
  return {
    key: Buffer.from(key, key_encoding === "base64" ? "base64" : "utf8"),
    value: Buffer.from(value, value_encoding === "base64" ? "base64" : "utf8"),
    contentType: content_type,
  };
}

function parsed(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usage(`${at} is not JSON`);
  }
}
