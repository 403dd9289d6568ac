/** Random bytes of one id. */
const ID_BYTES = 16;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Randomness is drawn for so many ids at once: a call for 16 bytes costs as much as one for all of them. */
const IDS_AT_ONCE = 64;
const pool = new Uint8Array(IDS_AT_ONCE * ID_BYTES);
let used = pool.length;

/** 128 fresh random bits in hexadecimal. */
export function freshId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let id = "";
  for (const end = used + ID_BYTES; used < end; used++) id += HEX[pool[used] ?? 0];
  return id;
}
