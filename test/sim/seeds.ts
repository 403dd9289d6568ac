/** The seeds that `npm test` runs; `npm run sim` runs as many as it is asked for. */
export const SEEDS_FIRST = 100_000;
export const SEEDS = 130;
