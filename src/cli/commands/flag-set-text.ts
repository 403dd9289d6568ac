import { flagSetKey } from "../../api/flag-set-name.ts";
import { type Entry, type Synod, SynodError } from "../../client/index.ts";
import { CliError, EXIT, usage } from "../exit.ts";

/** A flag as it is written, as far as the command line looks at it. */
export interface FlagJson {
  readonly state?: unknown;
  readonly variants?: Readonly<Record<string, unknown>>;
  readonly defaultVariant?: unknown;
  readonly targeting?: object;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface FlagSetJson {
  readonly flags: Readonly<Record<string, FlagJson>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A flag set as it is written. */
export interface FlagSetText {
  readonly name: string;
  readonly text: string;
  readonly json: FlagSetJson;
}

/** What becomes of a flag set's flags. Throws `CliError` where it makes no sense for them. */
export type FlagChange = (flags: Readonly<Record<string, FlagJson>>) => Readonly<Record<string, FlagJson>>;

const NEW_SET = '{"$schema":"https://flagd.dev/schema/v0/flags.json","flags":{}}';
/** Of who else writes other flags of the set meanwhile. */
const TRIES_MAX = 5;

export function flagSetParse(name: string, { value }: Pick<Entry<Uint8Array>, "value">): FlagSetText {
  const text = new TextDecoder().decode(value);
  try {
    const json = JSON.parse(text) as FlagSetJson;
    if (typeof json.flags === "object" && json.flags !== null) return { name, text, json };
  } catch {
    // Told below.
  }
  throw new CliError(EXIT.failed, `the value of ${flagSetKey(name)} is no flag set of flagd's format`);
}

/** A flag's metadata over its set's. */
export function metadataOf(set: FlagSetJson, flag: FlagJson): Readonly<Record<string, unknown>> {
  return { ...set.metadata, ...flag.metadata };
}

/** Changes a set and writes it, unless it then has faults that it did not have. Others' changes meanwhile stay. */
export async function flagSetUpdate(synod: Synod, name: string, change: FlagChange) {
  const key = flagSetKey(name);
  for (let tries = 1; ; tries++) {
    const entry = await synod.kv.get(key, { as: "bytes" });
    const before = flagSetParse(name, entry ?? { value: new TextEncoder().encode(NEW_SET) });
    const after = `${JSON.stringify({ ...before.json, flags: change(before.json.flags) }, null, 2)}\n`;
    await newFindings(before.text, after);
    const condition = entry === null ? { ifAbsent: true } : { ifRevision: entry.revision };
    try {
      return await synod.kv.put(key, after, { ...condition, contentType: "application/json" });
    } catch (error) {
      const isOvertaken = error instanceof SynodError && error.code === "precondition-failed";
      if (!isOvertaken || tries === TRIES_MAX) throw error;
    }
  }
}

/** Loaded when a set is written: it brings flagd's engine along. */
async function newFindings(before: string, after: string): Promise<void> {
  const { flagSetFindings } = await import("../../flags/flag-set-findings.ts");
  const known = new Set(flagSetFindings(before).map(({ path, message }) => `${path} ${message}`));
  const found = flagSetFindings(after).find(({ path, message }) => !known.has(`${path} ${message}`));
  if (found !== undefined) throw usage(`the set would not be valid: ${found.path} ${found.message}`);
}
