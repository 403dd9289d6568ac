/** Dollars, as published for Durable Objects with SQLite storage (Cloudflare documentation, 2026). */
export const REQUEST_DOLLARS = 0.15 / 1_000_000;
export const ROW_WRITTEN_DOLLARS = 1 / 1_000_000;
