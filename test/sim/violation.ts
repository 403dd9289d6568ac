/** An invariant of the protocol was broken, or progress stopped. Ends the run. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a `Violation` unless `holds`. The text is made only when it is needed. */
export function demand(holds: boolean, text: () => string): asserts holds {
  if (!holds) throw new Violation(text());
}
