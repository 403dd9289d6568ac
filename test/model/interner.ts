const CHUNK_BITS = 16;
const CHUNK_ROWS = 1 << CHUNK_BITS;

/**
 * Numbers tuples of `width` 32-bit words in the order they come: an open-addressing table of indices over rows that
 * are stored whole, so that two tuples are never mistaken for one another.
 */
export class Interner {
  readonly #width: number;
  readonly #chunks: Uint32Array[] = [];
  #table = new Uint32Array(1 << 12);
  #count = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get size(): number {
    return this.#count;
  }

  /** The number of `words`; equal to the former `size` if they are new. */
  intern(words: Uint32Array): number {
    const width = this.#width;
    const mask = this.#table.length - 1;
    let at = hash(words, 0, width) & mask;
    for (;;) {
      const found = this.#table[at] as number;
      if (found === 0) break;
      const chunk = this.#chunks[(found - 1) >>> CHUNK_BITS] as Uint32Array;
      const start = ((found - 1) & (CHUNK_ROWS - 1)) * width;
      let same = 0;
      while (same < width && chunk[start + same] === words[same]) same++;
      if (same === width) return found - 1;
      at = (at + 1) & mask;
    }
    this.#table[at] = this.#append(words) + 1;
    if (this.#count * 10 > this.#table.length * 7) this.#grow();
    return this.#count - 1;
  }

  /** Copies tuple `index` into `into`. */
  read(index: number, into: Uint32Array): void {
    const chunk = this.#chunks[index >>> CHUNK_BITS] as Uint32Array;
    const start = (index & (CHUNK_ROWS - 1)) * this.#width;
    for (let i = 0; i < this.#width; i++) into[i] = chunk[start + i] as number;
  }

  #append(words: Uint32Array): number {
    const index = this.#count++;
    if ((index & (CHUNK_ROWS - 1)) === 0) this.#chunks.push(new Uint32Array(CHUNK_ROWS * this.#width));
    const chunk = this.#chunks[index >>> CHUNK_BITS] as Uint32Array;
    const start = (index & (CHUNK_ROWS - 1)) * this.#width;
    for (let i = 0; i < this.#width; i++) chunk[start + i] = words[i] as number;
    return index;
  }

  #grow(): void {
    const table = new Uint32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let index = 0; index < this.#count; index++) {
      const chunk = this.#chunks[index >>> CHUNK_BITS] as Uint32Array;
      const start = (index & (CHUNK_ROWS - 1)) * this.#width;
      let at = hash(chunk, start, this.#width) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = index + 1;
    }
    this.#table = table;
  }
}

/** MurmurHash3, 32 bits. */
function hash(words: Uint32Array, start: number, width: number): number {
  let h = 0x9747b28c;
  for (let i = start; i < start + width; i++) {
    let k = Math.imul(words[i] as number, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
