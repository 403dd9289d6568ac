import type { Slot } from "../../src/core/log.ts";
import { type Column, castIndex, voteParts } from "./column.ts";
import type { Global } from "./global.ts";
import type { Plan } from "./plan.ts";
import type { Violation } from "./step.ts";
import type { World } from "./world.ts";

/**
 * Entries that may yet become chosen in `slot` below `ballot`, as a bit set: those with votes, whose voters and all
 * acceptors that can still vote there make a quorum; `ANY_BIT` when those who can still vote are enough alone.
 * Invariant 9 is that nothing but the entry a ballot proposes is in it.
 */
export function choosableBelow(world: World, columns: readonly Column[], ballot: number, slot: Slot): number {
  const { classic, fast } = world.chosenBy;
  let found = 0;
  for (let lower = 0; lower < ballot; lower++) {
    const at = castIndex(world, slot, lower);
    let free = 0;
    let open = lower === 0;
    for (const column of columns) {
      const code = column.cast[at] as number;
      if (code === 0 && column.promised <= lower) free++;
      if (code !== 0 && !voteParts(code).classic) open = true;
    }
    const quorum = open ? fast : classic;
    if (free >= quorum) found |= ANY_BIT;
    for (const { cast } of columns) {
      const code = cast[at] as number;
      if (code === 0) continue;
      const { entry } = voteParts(code);
      let votes = 0;
      for (const other of columns) {
        const theirs = other.cast[at] as number;
        if (theirs !== 0 && voteParts(theirs).entry === entry) votes++;
      }
      if (votes + free >= quorum) found |= 1 << entry;
    }
  }
  return found;
}

const ANY_BIT = 1 << 30;

/** 9, 10 and 13 at the moment a ballot's owner decides what it does with each slot. */
export function planCheck(plan: Plan, { chosen }: Global, choosable: readonly number[]): Violation | undefined {
  for (let at = 0; at < choosable.length; at++) {
    const told = plan.told[at] as number;
    const decided = at < plan.chosenUpTo || told !== 0;
    if ((decided && chosen[at] === 0) || (told !== 0 && told !== chosen[at])) {
      return { outcome: true, rule: "13: a recovery takes for chosen what is not" };
    }
    if (decided) continue;
    const given = plan.assigned[at] as number;
    const rivals = given === 0 ? (choosable[at] as number) : (choosable[at] as number) & ~(1 << (given - 1));
    if (rivals === 0) continue;
    const rule = given === 0 ? "10: a slot is opened that is not free" : "9: another entry can be chosen below";
    return { outcome: false, rule };
  }
  return undefined;
}
