import { Decoder, Encoder } from "@msgpack/msgpack";
import type { Command } from "../state/command.ts";

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
