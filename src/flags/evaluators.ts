/** Characters of a flag set once everything stands wherever it is used. */
export const FLAG_SET_CHARS_MAX = 4 * 1024 * 1024;

interface FlagSetJson {
  readonly flags?: unknown;
  readonly $evaluators?: unknown;
  readonly metadata?: unknown;
}

/**
 * How long a flag set gets when flagd's engine puts its shared evaluators in the place of references, which it does by
 * text, one evaluator after the other, and its metadata to each flag. An evaluator that refers to a later one multiplies:
 * twenty short lines would make terabytes. flagd's documentation excludes such references, but its engine takes them, so
 * the growth is counted first.
 *
 * Undefined: longer than `charsMax`. Throws a SyntaxError where the text is not JSON.
 */
export function flagSetExpanded(text: string, charsMax = FLAG_SET_CHARS_MAX): number | undefined {
  const json = JSON.parse(text) as FlagSetJson | null;
  const { flags, $evaluators: evaluators, metadata } = json ?? {};
  const shared =
    isObject(flags) && isObject(metadata) ? JSON.stringify(metadata).length * Object.keys(flags).length : 0;
  let expanded = isObject(evaluators) ? JSON.stringify(json) : text;
  if (expanded.length + shared > charsMax) return undefined;
  for (const [name, evaluator] of Object.entries(isObject(evaluators) ? evaluators : {})) {
    const reference = `{"$ref":"${name}"}`;
    const count = expanded.split(reference).length - 1;
    const replacement = JSON.stringify(evaluator);
    if (expanded.length + shared + count * (replacement.length - reference.length) > charsMax) return undefined;
    expanded = expanded.replaceAll(reference, () => replacement);
  }
  return expanded.length + shared;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
