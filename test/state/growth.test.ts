import { describe, expect, test } from "vitest";
import { bytes, Drive, ops } from "./drive.ts";

const KEYS = 10_000;
const name = (index: number) => `key/${String(index).padStart(6, "0")}`;

/** Puts in batches, as a leader would send them. */
function fill(drive: Drive, count: number, key: (index: number) => string): void {
  for (let from = 0; from < count; from += 500) {
    const batch = Array.from({ length: Math.min(500, count - from) }, (_, index) => from + index);
    drive.entry(...batch.map((index) => drive.command(ops.put(key(index), `v${index}`))));
  }
}

/** Milliseconds of the fastest of several runs, which is what the machine can do when nothing else disturbs it. */
function fastest(body: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 15; run++) {
    const start = performance.now();
    for (let i = 0; i < 20; i++) body();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

describe("10,000 keys and 10,000 versions of one of them", () => {
  const small = new Drive();
  fill(small, 200, name);
  const large = new Drive();
  fill(large, KEYS, name);
  fill(large, KEYS, () => name(5000));

  // A scan of what is stored would be slower by a factor of fifty; noise is far below six.
  const reads: Readonly<Record<string, (drive: Drive, key: string) => void>> = {
    "a point read": (drive, key) => void drive.range(key),
    "a point read at an old revision": (drive, key) => void drive.range(key, undefined, { revision: 150 }),
    "a page of a prefix": (drive, key) => void drive.range(key, "key0", { limit: 20, uncounted: true }),
    "a page of a prefix, descending": (drive, key) =>
      void drive.range("key/", key, { limit: 20, uncounted: true, sortOrder: "descend" }),
    "a page of events from an old revision": (drive) => void drive.machine.events(150, 1_000_000, 20, 1e6),
    "the events of one key": (drive, key) => void drive.machine.events(1, 1_000_000, 20, 1e6, { key: bytes(key) }),
  };
  test.each(Object.entries(reads))("%s takes no longer than with 200", (_, read) => {
    const before = fastest(() => read(small, name(100)));
    const after = fastest(() => read(large, name(100)));
    expect(after).toBeLessThan(before * 6 + 1);
  });

  test("a page passes a key with many versions as quickly as any other", () => {
    const other = fastest(() => large.range(name(4000), "key0", { limit: 20, uncounted: true }));
    const busy = fastest(() => large.range(name(4990), "key0", { limit: 20, uncounted: true }));
    expect(busy).toBeLessThan(other * 6 + 1);
  });

  test("a read of a key with many versions is as quick as of any other", () => {
    const other = fastest(() => void large.range(name(4000)));
    const busy = fastest(() => void large.range(name(5000)));
    expect(busy).toBeLessThan(other * 6 + 1);
  });

  test("all of it is there", () => {
    expect(large.range("key/", "key0", { countOnly: true }).count).toBe(KEYS);
    expect(large.get(name(5000))?.version).toBe(KEYS + 1);
    expect(large.range("key/", "key0", { limit: 10 })).toMatchObject({ more: true, count: KEYS });
  });

  test("and can be deleted in one command", () => {
    expect(large.run(ops.del("key/", "key0"))).toMatchObject({ deleted: KEYS });
    expect(large.pairs("\0", "\0")).toEqual([]);
  });
});
