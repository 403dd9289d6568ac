/** Characters of a flag set once every reference to a shared evaluator is replaced by it. */
export const FLAG_SET_CHARS_MAX = 4 * 1024 * 1024;

/**
 * How long a flag set gets when flagd's engine puts its shared evaluators in the place of references, which it does by
 * text, one evaluator after the other. An evaluator that refers to a later one multiplies: twenty short lines would make
 * terabytes. flagd's documentation excludes such references, but its engine takes them, so the growth is counted first.
 *
 * Undefined: longer than `charsMax`.
 */
export function flagSetExpanded(text: string, charsMax = FLAG_SET_CHARS_MAX): number | undefined {
  const { $evaluators: evaluators } = JSON.parse(text) as { readonly $evaluators?: Readonly<Record<string, unknown>> };
  if (typeof evaluators !== "object" || evaluators === null) return text.length;
  let expanded = JSON.stringify(JSON.parse(text));
  for (const [name, evaluator] of Object.entries(evaluators)) {
    const reference = `{"$ref":"${name}"}`;
    const count = expanded.split(reference).length - 1;
    const replacement = JSON.stringify(evaluator);
    if (expanded.length + count * (replacement.length - reference.length) > charsMax) return undefined;
    expanded = expanded.replaceAll(reference, () => replacement);
  }
  return expanded.length;
}
