/**
 * An answer as text that is equal for equal answers: fields in the order of their names, none that is undefined, bytes
 * as the text they are.
 */
export function resultText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Uint8Array) return new TextDecoder().decode(one);
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
