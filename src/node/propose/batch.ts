import type { NodeLimits } from "../limits.ts";

/** The part of an entry that one item takes. */
export interface Size {
  readonly commands: number;
  readonly bytes: number;
}

/** Takes from the front of `queue` as many items as go into one entry, and at least the first. */
export function batchTake<Item>(limits: NodeLimits, queue: Item[], sizeOf: (item: Item) => Size): Item[] {
  let commands = 0;
  let bytes = 0;
  const end = queue.findIndex((item, index) => {
    const size = sizeOf(item);
    commands += size.commands;
    bytes += size.bytes;
    return index > 0 && (commands > limits.batchCommandsMax || bytes > limits.batchBytesMax);
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}
