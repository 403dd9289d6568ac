/**
 * Something in the log or in the store that this build does not know: a newer build wrote it. Thrown before anything is
 * written, and never taken for an answer.
 */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
  readonly what: string;

  constructor(what: string) {
    super(`${what} is unknown to this build`);
    this.what = what;
  }
}

/** The feature level of the fields that `value` has. Throws `Unsupported` for a field that is not listed. */
export function fieldsLevel(of: string, fields: Readonly<Record<string, number>>, value: object): number {
  let level = 0;
  for (const [name, held] of Object.entries(value)) {
    if (name === "kind" || held === undefined) continue;
    const since = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (since === undefined) throw new Unsupported(`the field ${name} of ${of}`);
    if (since > level) level = since;
  }
  return level;
}

/** The feature level of one of a closed list of words. Throws `Unsupported` for a word that is not listed. */
export function wordLevel(of: string, words: Readonly<Record<string, number>>, word: string): number {
  const since = Object.hasOwn(words, word) ? words[word] : undefined;
  if (since === undefined) throw new Unsupported(`${of} ${word}`);
  return since;
}

/** The result of `body`, or the `Unsupported` that it threw. */
export function unlessUnsupported<T>(body: () => T): T | Unsupported {
  try {
    return body();
  } catch (error) {
    if (error instanceof Unsupported) return error;
    throw error;
  }
}
