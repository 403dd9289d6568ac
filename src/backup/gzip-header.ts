/** How the gzip file of a backup begins: no name, no time, no system (RFC 1952, 2.3), so that a change there is found. */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** A stream of a gzip file, with that header in place of its own, which must have no optional parts. */
export function withGzipHeader(): TransformStream<Uint8Array, Uint8Array> {
  let at = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = new Uint8Array(chunk);
      for (let index = 0; index < bytes.length && at < GZIP_HEADER.length; index++, at++) {
        bytes[index] = GZIP_HEADER[at] ?? 0;
      }
      controller.enqueue(bytes);
    },
  });
}
