/** The seeds that `npm test` runs; `npm run sim` runs as many as it is asked for. */
export const SEEDS_FIRST = 1;
export const SEEDS = 130;
