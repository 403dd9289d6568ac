/** Cloudflare takes no larger bodies on most plans. */
const DRAIN_BYTES_MAX = 100 * 1024 * 1024;
/** What has not come by then is not waited for. */
const DRAIN_MS_MAX = 5_000;

/**
 * Reads what an answer left unread of the request's body, and forgets it.
 *
 * Only for the development server: `wrangler dev` (4.124) answers 500 "Network connection lost", or exits, when a body
 * is answered before all of it was read (cloudflare/workers-sdk issues 15203 and 15709). In a deployment the edge
 * takes care of it.
 */
export async function drain({ body }: Request): Promise<void> {
  if (body === null || body.locked) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), DRAIN_MS_MAX);
  try {
    for (let bytes = 0; bytes <= DRAIN_BYTES_MAX; ) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
    }
  } catch {
    // The client is gone, and so is what it wanted to send.
  }
  clearTimeout(timer);
  reader.releaseLock();
}
