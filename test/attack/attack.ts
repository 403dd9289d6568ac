import type { Arena } from "./arena.ts";

/** `long` is `npm run attack`; `short` is a part of `npm test`. */
export type Scale = "short" | "long";

/** What came of an attack. */
export interface Verdict {
  /** What the attacker was told, in a few words. */
  readonly answer: string;
  /** Why the defence failed; empty when it held. */
  readonly faults: readonly string[];
}

/** An attack on one server, beside which others are served. */
export interface ServedAttack {
  readonly kind: "served";
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  run(arena: Arena, scale: Scale): Promise<Verdict>;
}

/** An attack that starts and stops servers itself. */
export interface AloneAttack {
  readonly kind: "alone";
  readonly name: string;
  run(scale: Scale): Promise<Verdict>;
}

export type Attack = ServedAttack | AloneAttack;

/** A verdict from what must hold, each with the words for when it does not. */
export function verdict(answer: string, ...held: readonly (readonly [boolean, string])[]): Verdict {
  return { answer, faults: held.filter(([holds]) => !holds).map(([, fault]) => fault) };
}
