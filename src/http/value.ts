import type { AnswerHeaders } from "./outcome.ts";

/**
 * Stored bytes as they were written. Whoever may write a key chooses its media type, so a browser that is led to it
 * must neither guess another nor run anything in our origin.
 */
export function valueResponse(
  value: Uint8Array,
  contentType: string | undefined,
  headers: AnswerHeaders,
  status: 200 | 201 = 200,
): Response {
  return new Response(value, {
    status,
    headers: {
      // `no-transform`: a proxy that compresses would weaken the ETag and may change the bytes.
      "cache-control": "no-cache, no-transform",
      ...headers,
      "content-type": contentType ?? "application/octet-stream",
      // Said aloud, so that HEAD tells it too.
      "content-length": `${value.byteLength}`,
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    },
  });
}
