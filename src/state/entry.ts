import { Decoder, Encoder } from "@msgpack/msgpack";
import { asDecoded } from "./as-decoded.ts";
import type { Command, Op } from "./command.ts";
import { intervalOf } from "./interval.ts";
import { GENESIS_LEVEL } from "./level.ts";
import { OPERATIONS } from "./ops/registry.ts";

const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();

/** The format of the entries that this build writes, maps. Before it, entries were lists of commands: format 0. */
const ENTRY_FORMAT = 1;
const ENTRY_FIELDS = ["format", "genesis", "commands"];

/** The content of an entry's body. */
export interface EntryBody {
  /** The level at which a namespace begins whose first command is in this entry; absent in format 0, and in a NOOP. */
  readonly genesis?: number;
  readonly commands: readonly Command[];
  /** The part of the body that this build does not know; then there are no commands, and it must not be applied. */
  readonly unknown?: string;
}

/** A batch of commands as an entry's body. MessagePack. No commands: a NOOP. */
export function entryEncode(commands: readonly Command[]): Uint8Array {
  const genesis = commands.length === 0 ? undefined : GENESIS_LEVEL;
  return encoder.encode({ format: ENTRY_FORMAT, genesis, commands });
}

/**
 * The content of a body that `entryEncode` made, in this build or another; bodies come from nowhere else.
 */
export function entryDecode(body: Uint8Array): EntryBody {
  const decoded: unknown = decoder.decode(body);
  if (Array.isArray(decoded)) return { commands: decoded as readonly Command[] };
  const { format, genesis, commands } = decoded as EntryBody & { readonly format: number };
  if (format !== ENTRY_FORMAT) return { commands: [], unknown: `the entry format ${format}` };
  const field = Object.keys(decoded as object).find((name) => !ENTRY_FIELDS.includes(name));
  if (field !== undefined) return { commands: [], unknown: `the field ${field} of an entry` };
  return { commands, ...(genesis === undefined ? {} : { genesis }) };
}

/**
 * What `entryDecode` makes of the body that `entryEncode` makes of `commands`, without either; undefined where only
 * decoding tells. Whoever applies it comes to the same as all who decode the body.
 */
export function entryContent(commands: readonly Command[]): EntryBody | undefined {
  const decoded = asDecoded(commands) as readonly Command[] | undefined;
  return decoded === undefined || decoded.length === 0 ? undefined : { commands: decoded, genesis: GENESIS_LEVEL };
}

export const NOOP_BODY: Uint8Array = entryEncode([]);

/** About what an operation adds to an entry, without encoding it where that can be told. */
export function opBytes(op: Op): number {
  return OPERATIONS.of(op).bytes(op);
}

/** How many commands an operation counts for in an entry: what a learner has to do for it in one go. */
export function opWeight(op: Op): number {
  return OPERATIONS.of(op).weight(op);
}

/** How many intervals of keys an operation may look through, single keys not counted. */
export function opScans(op: Op): number {
  return OPERATIONS.of(op)
    .scans(op)
    .filter(({ key, end }) => intervalOf(key, end).kind !== "point").length;
}
