import { Decoder, Encoder } from "@msgpack/msgpack";
import type { Command, Op, TxnPart } from "./command.ts";

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

/** What a command takes in an entry besides its keys and values, generously. */
const OVERHEAD_BYTES = 160;

/** About what an operation adds to an entry, without encoding it where that can be told. */
export function opBytes(op: Op): number {
  switch (op.kind) {
    case "put":
    case "propose":
      return OVERHEAD_BYTES + op.key.byteLength + op.value.byteLength;
    case "delete":
      return OVERHEAD_BYTES + op.key.byteLength + (op.end?.byteLength ?? 0);
    case "txn":
      return OVERHEAD_BYTES + encoder.encode(op).byteLength;
    case "compact":
    case "lease-expire":
    case "lease-grant":
    case "lease-keep-alive":
    case "lease-revoke":
      return OVERHEAD_BYTES;
  }
}

/** How many commands an operation counts for in an entry: what a learner has to do for it in one go. */
export function opWeight(op: Op | TxnPart): number {
  if (op.kind !== "txn") return 1;
  return [...op.success, ...op.failure].reduce((sum, part) => sum + opWeight(part), 1);
}
