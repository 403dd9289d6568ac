/** A share of runs, with the range in which the true one lies with 95 %: Wilson's interval. */
export function wilson(hits: number, of: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const p = hits / of;
  const middle = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export function interval(hits: number, of: number): string {
  const { low, high } = wilson(hits, of);
  const percent = (share: number) => (100 * share).toFixed(1);
  return `${percent(hits / of)} % (${percent(low)} to ${percent(high)})`;
}
