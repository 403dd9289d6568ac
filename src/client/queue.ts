import type { Caller } from "./caller.ts";
import type { Entry } from "./entry.ts";
import { SynodError } from "./error.ts";
import type { HeldLease } from "./held-lease.ts";
import { listFrom } from "./list.ts";
import { get, put, transact, when } from "./txn.ts";
import { Watch } from "./watch.ts";

/*
 * Locks, semaphores and elections stand in one queue: keys `name/<lease id in hexadecimal>`, in order of their creation.
 * It is etcd's layout, so that who holds here and who holds through etcd's interface exclude each other.
 */

/** A place in a queue. */
export interface Place {
  readonly key: string;
  /** The revision that created the place: it rises with every holder, which makes it the fencing token. */
  readonly revision: number;
}

export function placePrefix(name: string): string {
  return `${name}/`;
}

/** Takes a place at the end of the queue; the same lease has the same place. */
export async function placeTake(
  caller: Caller,
  name: string,
  lease: HeldLease,
  value: unknown,
  signal?: AbortSignal,
): Promise<Place> {
  const key = placePrefix(name) + BigInt(lease.id).toString(16);
  const { succeeded, results, revision } = await transact(caller, {
    if: [when(key).absent()],
    do: [put(key, value, { lease: lease.id })],
    else: [get(key)],
    signal,
  });
  return { key, revision: succeeded ? revision : (results[0]?.createRevision ?? revision) };
}

/** Takes the only place of an empty queue; undefined when somebody is in it. */
export async function placeTakeFirst(
  caller: Caller,
  name: string,
  lease: HeldLease,
  signal?: AbortSignal,
): Promise<Place | undefined> {
  const key = placePrefix(name) + BigInt(lease.id).toString(16);
  const { succeeded, revision } = await transact(caller, {
    if: [when({ prefix: placePrefix(name) }).absent()],
    do: [put(key, "", { lease: lease.id })],
    signal,
  });
  return succeeded ? { key, revision } : undefined;
}

/**
 * Waits until at most `holders - 1` places are before this one. One waits for the place right before its own, so that
 * nobody but the next is woken; several holders leave in any order, so that everybody who waits hears of each.
 */
export async function placeWait(
  caller: Caller,
  name: string,
  place: Place,
  holders: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { revision, entries } = await listFrom(caller, { prefix: placePrefix(name) }, "bytes", signal);
    const places: Entry[] = await Array.fromAsync(entries);
    const mine = places.find(({ key }) => key === place.key);
    if (mine?.createRevision !== place.revision) throw new SynodError("lease-not-found", "the lease is over");
    const before = places.filter(({ createRevision }) => createRevision < place.revision);
    if (before.length < holders) return;
    const last = before.reduce((a, b) => (a.createRevision > b.createRevision ? a : b));
    const selector = holders === 1 ? { key: last.key } : { prefix: placePrefix(name) };
    await oneGone(new Watch(caller, selector, { from: revision + 1, filter: "noput", signal }));
    signal.throwIfAborted();
  }
}

/** Until something was deleted, or may have been. */
async function oneGone(watch: Watch): Promise<void> {
  for await (const { kind } of watch) {
    if (kind !== "progress") return;
  }
}
