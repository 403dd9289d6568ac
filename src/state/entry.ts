import { Decoder, Encoder } from "@msgpack/msgpack";
import type { Command, Op } from "./command.ts";
import { OPERATIONS } from "./ops/registry.ts";

const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();

/** A batch of commands as an entry's body. MessagePack. No commands: a NOOP. */
export function entryEncode(commands: readonly Command[]): Uint8Array {
  return encoder.encode(commands);
}

/** The commands of a body that `entryEncode` made; bodies come from nowhere else. */
export function entryDecode(body: Uint8Array): readonly Command[] {
  return decoder.decode(body) as readonly Command[];
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
