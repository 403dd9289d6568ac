const SEVEN_BITS = 128;

/** Bytes for a hash. Everything written ends by itself or has its length before it. */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** `size`: no more than this is written. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  /** A safe integer that is not negative. */
  number(value: number): void {
    let rest = value;
    while (rest >= SEVEN_BITS) {
      this.#bytes[this.#at++] = (rest % SEVEN_BITS) + SEVEN_BITS;
      rest = Math.floor(rest / SEVEN_BITS);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Of a length that is known. */
  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  sized(value: Uint8Array): void {
    this.number(value.length);
    this.bytes(value);
  }

  /** These are so short that a call of an encoder costs more. */
  text(value: string): void {
    this.number(value.length);
    for (let i = 0; i < value.length; i++) this.number(value.charCodeAt(i));
  }

  optional(value: string | undefined): void {
    this.number(value === undefined ? 0 : 1);
    if (value !== undefined) this.text(value);
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}
