import { utf8Encode } from "../../api/bytes.ts";

/** The text of a frame, and what it takes on a socket. */
export interface Frame {
  readonly text: string;
  /** In UTF-8. */
  readonly bytes: number;
}

export function frameOf(text: string): Frame {
  return { text, bytes: utf8Bytes(text) };
}

function utf8Bytes(text: string): number {
  // oxlint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text.length : utf8Encode(text).byteLength;
}
