import { utf8Encode } from "../../src/api/bytes.ts";
import type { Command, Op } from "../../src/state/command.ts";
import { entryEncode } from "../../src/state/entry.ts";
import { Random } from "../../test/random.ts";

/** A put of one of the keys, one of a key that is hardly ever there, a delete, a transaction. */
export const SHAPES = ["put", "new", "delete", "txn"] as const;
export type Shape = (typeof SHAPES)[number];

const VALUE_BYTES = 256;
const VALUE = new Uint8Array(VALUE_BYTES).fill(7);

export interface Load {
  readonly shape: Shape;
  readonly commands: number;
  readonly entries: number;
  /** Keys that there are: with one, all that is written are versions of it. */
  readonly keys: number;
  readonly seed: number;
}

/** Entries of so many commands each, as they stand in the log from slot `first` on; keys come in no order. */
export function bodiesOf({ shape, commands, entries, keys, seed }: Load, first: number): readonly Uint8Array[] {
  const random = new Random(seed);
  const hex = () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return Array.from({ length: entries }, (_, index) =>
    entryEncode(
      Array.from({ length: commands }, (): Command => {
        // As the product makes them: in no order, so that each goes to a page of its own.
        const id = hex() + hex() + hex() + hex();
        const name = random.below(keys) + (shape === "new" ? keys * (1 + random.below(100)) : 0);
        return { id, birth: first + index, op: opOf(shape, name) };
      }),
    ),
  );
}

function opOf(shape: Shape, name: number): Op {
  const key = utf8Encode(`bench/key-${name.toString().padStart(6, "0")}`);
  switch (shape) {
    case "put":
    case "new":
      return { kind: "put", key, value: VALUE };
    case "delete":
      return { kind: "delete", key };
    case "txn":
      // Compare-and-set as etcd's clients write it.
      return {
        kind: "txn",
        compare: [{ key, result: "greater", target: { kind: "mod", value: -1 } }],
        success: [{ kind: "put", key, value: VALUE }],
        failure: [{ kind: "range", key }],
      };
  }
}
