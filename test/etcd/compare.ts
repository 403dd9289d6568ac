import type { World } from "./world.ts";

/** An answer as it came. */
export interface Told {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

/** 0: etcd, 1: ours. */
export type Side = 0 | 1;

const TTL_SECONDS_OFF_MAX = 2;

/** Fields that are about the cluster, not the data. */
const DROPPED = new Set(["cluster_id", "member_id", "raft_term"]);

/**
 * What is different, in words; undefined when nothing is. Everything counts: status, content type, and of the body
 * every field, but for what `kept.ts` lists.
 */
export function difference(world: World, path: string, etcd: Told, ours: Told): string | undefined {
  const [left, right] = [normal(world, path, etcd, 0), normal(world, path, ours, 1)];
  if (path.endsWith("timetolive")) forgiveClock(left, right);
  const [was, is] = [JSON.stringify(left), JSON.stringify(right)];
  return was === is ? undefined : `etcd: ${shown(was)}\nours: ${shown(is)}`;
}

function shown(text: string): string {
  return text.length <= 3_000 ? text : `${text.slice(0, 3_000)}… (${text.length} characters)`;
}

interface Normal {
  readonly status: number;
  readonly contentType: string | null;
  /** One of each line of the body. */
  readonly body: unknown;
}

function normal(world: World, path: string, { status, contentType, text }: Told, side: Side): Normal {
  const lines = text.split("\n").filter((line) => line !== "");
  const body =
    contentType === "application/json" ? lines.map((line) => canonical(world, JSON.parse(line), side)) : text;
  if (path.endsWith("lease/leases")) sortWithin(body, "leases");
  if (path.endsWith("timetolive")) sortWithin(body, "keys");
  return { status, contentType, body };
}

/** Object fields in one order, without what is not compared, leases by the names they have here. */
export function canonical(world: World, value: unknown, side: Side): unknown {
  if (Array.isArray(value)) return value.map((one) => canonical(world, one, side));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value)
    .filter(([name]) => !DROPPED.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    fields.map(([name, one]) => {
      const isLease = (name === "ID" || name === "lease") && typeof one === "string";
      return [name, isLease ? leaseName(world, one, side) : canonical(world, one, side)];
    }),
  );
}

function leaseName(world: World, id: string, side: Side): string {
  for (const [name, ids] of world.chosen) if (ids[side] === id) return name;
  return id;
}

function sortWithin(body: unknown, name: string): void {
  for (const one of Array.isArray(body) ? body : []) {
    const items: unknown = (one as Record<string, unknown>)[name];
    if (Array.isArray(items)) items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
}

function forgiveClock(left: Normal, right: Normal): void {
  const [mine] = right.body as readonly Record<string, unknown>[];
  const [theirs] = left.body as readonly Record<string, unknown>[];
  if (mine === undefined || theirs === undefined) return;
  if (Math.abs(Number(mine.TTL) - Number(theirs.TTL)) <= TTL_SECONDS_OFF_MAX) mine.TTL = theirs.TTL;
}
