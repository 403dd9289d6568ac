/**
 * Whether the exposed are as many as their share says. Where they are not, some client counts buckets wrongly, and
 * nothing that is compared between the cohorts means anything.
 */
export interface SampleRatio {
  /** Distinct clients. */
  readonly exposed: number;
  readonly control: number;
}

/**
 * The logarithm of an e-value against "each client is exposed with probability `share`": a mixture over all other
 * probabilities, so that it holds however often it is looked at as clients come.
 */
export function sampleRatioLog({ exposed, control }: SampleRatio, share: number): number {
  if (share <= 0 || share >= 1) return (share <= 0 ? exposed : control) > 0 ? Number.POSITIVE_INFINITY : 0;
  const mixture = lnBeta(exposed + 1, control + 1);
  return mixture - exposed * Math.log(share) - control * Math.log(1 - share);
}

function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x ≥ 0.5, by Lanczos's approximation (g = 7, n = 9). */
export function lnGamma(x: number): number {
  const z = x - 1;
  const sum = LANCZOS.reduce((all, term, index) => all + term / (z + index + 1), 0.99999999999980993);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
