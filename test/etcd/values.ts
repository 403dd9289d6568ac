import type { Random } from "../random.ts";

/** What requests are made of: few keys, so that they meet. */

export const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString("base64");

/** Ten keys each, so that a sort by something else than the key stays stable in etcd (see `kept.ts`). */
const FOLDERS = ["a/", "b/"];
const ODD_KEYS = [Uint8Array.of(0), Uint8Array.of(0xff), Uint8Array.of(0xff, 0xff), "a", "a/1/x", "b", "zz", "ключ"];
const VALUES = ["", "v", "w", "value", Uint8Array.of(0), Uint8Array.of(0xff, 0, 0xfe)];

export function keyOf(random: Random): string {
  if (random.next() < 0.12) return base64(random.pick(ODD_KEYS));
  return base64(`${random.pick(FOLDERS)}${random.integer(0, 9)}`);
}

/** Few are so long. Answers to writes then have more than the state machine keeps. */
const LONG_CHARS_MAX = 40_000;

export function valueOf(random: Random): string {
  if (random.next() < 0.02) return base64("x".repeat(random.integer(200, LONG_CHARS_MAX)));
  return base64(random.pick(VALUES));
}

export interface Interval {
  readonly key: string;
  readonly range_end?: string;
}

/** At most ten keys. */
export function folderOf(random: Random): Interval {
  const folder = random.pick(FOLDERS);
  return { key: base64(folder), range_end: base64(folder.replace("/", "0")) };
}

/** Every form there is: one key, a prefix, from a key on, all, any two keys, also the wrong way around. */
export function intervalOf(random: Random): Interval {
  const form = random.next();
  if (form < 0.4) return { key: keyOf(random) };
  if (form < 0.65) return folderOf(random);
  if (form < 0.75) return { key: keyOf(random), range_end: base64("\0") };
  if (form < 0.85) return { key: base64("\0"), range_end: base64("\0") };
  return { key: keyOf(random), range_end: keyOf(random) };
}

/** Whether something of this probability happens. */
export function chance(random: Random, odds: number): boolean {
  return random.next() < odds;
}
