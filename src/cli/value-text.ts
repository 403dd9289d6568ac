/** A value as JSON and tables carry it: text where it is, else base64. */
export function valueText(bytes: Uint8Array): { readonly value: string; readonly value_encoding?: "base64" } {
  try {
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { value: Buffer.from(bytes).toString("base64"), value_encoding: "base64" };
  }
}
