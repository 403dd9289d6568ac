/** What a value takes besides its content, in a message or in memory, about. */
const OVERHEAD_BYTES = 16;

/** About how many bytes plain data takes. */
export function messageBytes(value: unknown): number {
  if (typeof value === "string") return OVERHEAD_BYTES + value.length;
  if (value instanceof Uint8Array) return OVERHEAD_BYTES + value.byteLength;
  if (typeof value !== "object" || value === null) return OVERHEAD_BYTES;
  let bytes = OVERHEAD_BYTES;
  for (const part of Object.values(value)) bytes += messageBytes(part);
  return bytes;
}
