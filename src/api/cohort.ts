import MurmurHash3 from "imurmurhash";
import { utf8Encode } from "./bytes.ts";
import { type Release } from "./release.ts";
import { isParseOnly, isShown } from "./release-state.ts";
import type { Json, Strategy } from "./strategy.ts";

/**
 * Who sees a release: servers and clients decide it by the same code. A bucket of a fixed total is compared with a share
 * that only grows, so that nobody who was exposed leaves while a release widens.
 */

/** All buckets. A share counts in thousands of them, 100 each. */
export const BUCKETS = 100_000;

/** What is asked for: a person, a client or a machine. */
export interface Target {
  /** OpenFeature's targetingKey: whoever it is, the same every time. */
  readonly key: string;
  readonly region?: string | undefined;
  readonly colo?: string | undefined;
  readonly attributes?: Readonly<Record<string, Json>> | undefined;
}

/** Evaluates JsonLogic over a target's attributes. */
export type SegmentMatch = (segment: Json, data: Readonly<Record<string, Json>>) => boolean;

/** MurmurHash3_x86_32 of the text's UTF-8 bytes, seed 0. The package hashes units of a string: here they are bytes. */
export function murmur3(text: string): number {
  let bytes = "";
  for (const byte of utf8Encode(text)) bytes += String.fromCharCode(byte);
  return new MurmurHash3(bytes, 0).result();
}

/** 0 to 99,999, always the same for a salt and a unit. */
export function bucketOf(salt: string, unit: string): number {
  return Math.floor((murmur3(salt + unit) * BUCKETS) / 2 ** 32);
}

export interface Exposure {
  readonly exposed: boolean;
  readonly bucket: number;
  /** The stage that let it in: of the strategy's, without the parse-only one; null: baking shows it to all. */
  readonly by: number | null;
}

/** Whether a target sees the release whole, or not at all. Every stage lets in who an earlier one did. */
export function exposureOf(
  release: Pick<Release, "state" | "stage" | "salt" | "strategy">,
  target: Target,
  matches: SegmentMatch,
): Exposure {
  const { salt, strategy } = release;
  const bucket = bucketOf(salt, unitOf(strategy, target));
  if (!isShown(release) || isParseOnly(release)) return { exposed: false, bucket, by: null };
  if (release.stage === null) return { exposed: true, bucket, by: null };
  const last = release.stage - (strategy.parse_first === undefined ? 0 : 1);
  const by = strategy.stages.slice(0, last + 1).findIndex((stage) => letsIn(stage, target, bucket, matches));
  return by < 0 ? { exposed: false, bucket, by: null } : { exposed: true, bucket, by };
}

function unitOf({ unit }: Strategy, { key, region, colo }: Target): string {
  if (unit === "target") return key;
  return (unit === "region" ? region : colo) ?? "";
}

function letsIn(
  { share, regions, segment }: Strategy["stages"][number],
  target: Target,
  bucket: number,
  matches: SegmentMatch,
): boolean {
  if (share !== undefined) return bucket < bucketsOf(share);
  if (regions !== undefined) return target.region !== undefined && regions.includes(target.region);
  return segment !== undefined && matches(segment as Json, targetData(target));
}

/** How many buckets a share has. */
export function bucketsOf(share: number): number {
  return Math.round(share * 1_000) * (BUCKETS / 1_000);
}

/** What an expression can name. */
export function targetData({ key, region, colo, attributes }: Target): Readonly<Record<string, Json>> {
  return {
    ...attributes,
    targetingKey: key,
    ...(region === undefined ? {} : { region }),
    ...(colo === undefined ? {} : { colo }),
  };
}

/** The part of all targets that a stage's share lets in, as far as it is known without asking them: a lower bound. */
export function shareOf({ state, stage, strategy }: Pick<Release, "state" | "stage" | "strategy">): number {
  if (state === "completed") return 1;
  if (!isShown({ state }) || isParseOnly({ state, stage, strategy })) return 0;
  if (stage === null) return 1;
  const last = stage - (strategy.parse_first === undefined ? 0 : 1);
  return Math.max(0, ...strategy.stages.slice(0, last + 1).map(({ share = 0 }) => share));
}

/** The part of all clients that ought to be exposed; undefined where a stage goes by region or segment. */
export function shareExpected(release: Pick<Release, "state" | "stage" | "strategy">): number | undefined {
  const { stage, strategy } = release;
  if (stage === null || isParseOnly(release)) return shareOf(release);
  const last = stage - (strategy.parse_first === undefined ? 0 : 1);
  const isByShare =
    strategy.unit === "target" && strategy.stages.slice(0, last + 1).every(({ share }) => share !== undefined);
  return isByShare ? shareOf(release) : undefined;
}
