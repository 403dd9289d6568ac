import {
  groupBy,
  isRegisterWrite,
  type Operation,
  operationText,
  type RegisterWrite,
  revisionWritten,
  valueWritten,
  type Watch,
  type WatchEvent,
  watchEvents,
} from "./history.ts";
import type { Fact } from "./revisions.ts";
import type { Violation } from "./verdict.ts";
import { violation } from "./watch-violation.ts";

interface Delivered {
  readonly watch: Watch;
  readonly event: WatchEvent;
}

/** Every event is the effect of one write that had been asked for, and everybody is told the same of a revision. */
export function originsCheck(
  watches: readonly Watch[],
  facts: readonly Fact[],
  writes: readonly RegisterWrite[],
  withoutEffect: readonly Operation[],
): readonly Violation[] {
  const known = new Map([...facts].reverse().map((fact) => [fact.revision, fact]));
  const unplaced = groupBy(
    writes.filter((op) => revisionWritten(op) === null),
    effectText,
  );
  const refused = groupBy(
    withoutEffect.filter((op) => isRegisterWrite(op)),
    effectText,
  );
  const all = watches.flatMap((watch) => watchEvents(watch).map((event) => ({ watch, event })));
  const single = all.flatMap((delivered) => {
    const fact = known.get(delivered.event.revision);
    if (fact !== undefined && isRegisterWrite(fact.source)) return writeCheck(delivered, fact);
    return readFactCheck(delivered, fact) ?? openCheck(delivered, unplaced, refused);
  });
  return [...single, ...agreementCheck(all), ...twiceCheck(all, known, unplaced)];
}

function writeCheck({ watch, event }: Delivered, fact: Fact): readonly Violation[] {
  const { source } = fact;
  if (fact.key !== event.key || fact.value !== event.value) {
    return [violation("watch-value", watch, `the write was ${operationText(source)}`, event, [source.id])];
  }
  if (source.call <= event.at) return [];
  return [violation("watch-future", watch, `delivered before ${operationText(source)}`, event, [source.id])];
}

function readFactCheck({ watch, event }: Delivered, fact: Fact | undefined): readonly Violation[] | undefined {
  if (fact === undefined || (fact.key === event.key && fact.value === event.value)) return undefined;
  return [
    violation("watch-undecided", watch, `a read says otherwise: ${operationText(fact.source)}`, event, [
      fact.source.id,
    ]),
  ];
}

/** An event that no acknowledged write made must come from one whose outcome, or revision, nobody was told. */
function openCheck(
  { watch, event }: Delivered,
  unplaced: ReadonlyMap<string, readonly Operation[]>,
  refused: ReadonlyMap<string, readonly Operation[]>,
): readonly Violation[] {
  const effect = eventText(event);
  const origins = unplaced.get(effect) ?? [];
  if (origins.some((op) => op.call <= event.at)) return [];
  const ids = origins.map((op) => op.id);
  if (origins.length > 0) return [violation("watch-future", watch, "delivered before it was asked for", event, ids)];
  const never = refused.get(effect) ?? [];
  if (never.length === 0) return [violation("watch-phantom", watch, "nobody wrote it", event)];
  const told = never.map(operationText).join("; ");
  return [
    violation(
      "watch-undecided",
      watch,
      `it had no effect: ${told}`,
      event,
      never.map((op) => op.id),
    ),
  ];
}

function agreementCheck(all: readonly Delivered[]): readonly Violation[] {
  return [...groupBy(all, ({ event }) => event.revision).values()].flatMap(([first, ...rest]) => {
    const other = rest.find(({ event }) => first !== undefined && eventText(event) !== eventText(first.event));
    if (first === undefined || other === undefined) return [];
    const why = `watch ${other.watch.id} was told ${eventText(other.event)}`;
    return [violation("watch-undecided", first.watch, why, first.event)];
  });
}

/** A write of unknown outcome has at most one effect. */
function twiceCheck(
  all: readonly Delivered[],
  known: ReadonlyMap<number, Fact>,
  unplaced: ReadonlyMap<string, readonly Operation[]>,
): readonly Violation[] {
  const open = all.filter(({ event }) => {
    const fact = known.get(event.revision);
    return fact === undefined || !isRegisterWrite(fact.source);
  });
  return [...groupBy(open, ({ event }) => eventText(event))].flatMap(([effect, delivered]) => {
    const writes = unplaced.get(effect) ?? [];
    const revisions = new Set(delivered.map(({ event }) => event.revision));
    const last = delivered.at(-1);
    if (last === undefined || writes.length === 0 || revisions.size <= writes.length) return [];
    const why = `${writes.length} write(s) can have made it, at revisions ${[...revisions].join(", ")}`;
    return [
      violation(
        "watch-effect-twice",
        last.watch,
        why,
        last.event,
        writes.map((op) => op.id),
      ),
    ];
  });
}

function eventText({ key, value }: WatchEvent): string {
  return JSON.stringify([key, value]);
}

function effectText(op: RegisterWrite): string {
  return JSON.stringify([op.key, valueWritten(op)]);
}
