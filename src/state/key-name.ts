/** A key as a string to be told apart by: one character for each byte. */
export function keyName(key: Uint8Array): string {
  // A key is a kibibyte at most, few enough arguments for every engine.
  return String.fromCharCode.apply(undefined, key as unknown as number[]);
}
