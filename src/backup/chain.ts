import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { utf8Encode } from "../api/bytes.ts";

/** How far a backup was written: enough to go on from there. */
export interface ChainAt {
  readonly count: number;
  readonly sha256: string;
}

const START = "0".repeat(64);

/** The hash over a backup's lines, each together with the hash of all before it, so that it can be taken up again. */
export class Chain {
  #hash: Uint8Array;
  #count: number;

  constructor({ count, sha256: hash }: ChainAt = { count: 0, sha256: START }) {
    this.#hash = hexToBytes(hash);
    this.#count = count;
  }

  /** A line, with its end. */
  add(line: string): void {
    this.#hash = sha256.create().update(this.#hash).update(utf8Encode(line)).digest();
    this.#count++;
  }

  get at(): ChainAt {
    return { count: this.#count, sha256: bytesToHex(this.#hash) };
  }
}
