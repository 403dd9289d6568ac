import { utf8Encode } from "../../src/api/bytes.ts";
import type { WatchRequest } from "../../src/node/coordinate/coordinator.ts";
import type { Random } from "../random.ts";

const FIRST_KEY = new Uint8Array([0]);

/** How a watcher confirms what it takes. */
export type AckPolicy = "prompt" | "late" | "never";

export interface WatchHabit {
  /** What keys begin with; judged by the black-box checker too if it is registers. */
  readonly request: WatchRequest;
  /** undefined: from now on. */
  readonly from: number | undefined;
  readonly ackPolicy: AckPolicy;
  /** Mean milliseconds after which it begins again from another revision, mostly an old one. */
  readonly restartMs: number | undefined;
  /** As the black-box checker takes it; undefined: not at all. */
  readonly judgedPrefix: string | undefined;
}

/** Three that are the same in every run, and some that are drawn. */
export function watchHabits(random: Random): readonly WatchHabit[] {
  const base = { restartMs: undefined } as const;
  const registers = "k";
  return [
    { ...base, request: prefixOf(registers), from: 1, ackPolicy: "prompt", judgedPrefix: registers },
    { ...base, request: everything(), from: undefined, ackPolicy: "late", judgedPrefix: registers },
    { ...base, request: prefixOf("c0"), from: 2, ackPolicy: "prompt", judgedPrefix: "c0" },
    drawn(random),
    { ...drawn(random), restartMs: random.between(2_000, 10_000) },
  ];
}

function drawn(random: Random): WatchHabit {
  const filter = random.next();
  const request = {
    ...random.pick([everything(), prefixOf("t"), prefixOf("l"), prefixOf("k"), spanOf("ta1", "tb2"), keyOf("l0")]),
    ...(random.chance(0.6) ? { prevKv: true } : {}),
    ...(filter < 0.2 ? { noPut: true } : {}),
    ...(filter > 0.8 ? { noDelete: true } : {}),
    ...(random.chance(0.3) ? { progress: true } : {}),
  };
  const ackPolicy = random.pick(["prompt", "late", "never"] as const);
  const from = random.chance(0.3) ? undefined : 1 + random.below(4);
  return { request, from, ackPolicy, restartMs: undefined, judgedPrefix: undefined };
}

/** No key is empty: everything begins at the zero byte, and an end of one zero byte is no end. */
function everything(): WatchRequest {
  return { key: FIRST_KEY, end: FIRST_KEY };
}

function prefixOf(prefix: string): WatchRequest {
  return spanOf(prefix, `${prefix}~`);
}

function spanOf(from: string, to: string): WatchRequest {
  return { key: utf8Encode(from), end: utf8Encode(to) };
}

function keyOf(key: string): WatchRequest {
  return { key: utf8Encode(key) };
}
