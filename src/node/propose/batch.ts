import * as limits from "../limits.ts";

/** What something adds to an entry. */
export interface Size {
  readonly commands: number;
  readonly bytes: number;
}

/** Takes from the front of `queue` as much as goes into one entry, and at least the first. */
export function batchTake<Item>(queue: Item[], sizeOf: (item: Item) => Size): Item[] {
  let commands = 0;
  let bytes = 0;
  const end = queue.findIndex((item, index) => {
    const size = sizeOf(item);
    commands += size.commands;
    bytes += size.bytes;
    return index > 0 && (commands > limits.BATCH_COMMANDS_MAX || bytes > limits.BATCH_BYTES_MAX);
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}
