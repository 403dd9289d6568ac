import { createParser } from "eventsource-parser";
import type { WatchFrame } from "../api/watch-frame.ts";

/** Characters of one frame: a revision of a hundred values of a mebibyte, in JSON, is cut into several. */
const FRAME_CHARS_MAX = 16 * 1024 * 1024;

/**
 * The frames of an event stream, in order. Throws when the stream breaks off or nothing comes for `silenceMs`, not even
 * the comment that keeps it open; returns when it ends.
 */
export async function* eventStreamFrames(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<WatchFrame, void, undefined> {
  const frames: WatchFrame[] = [];
  const parser = createParser({
    maxBufferSize: FRAME_CHARS_MAX,
    onEvent: ({ data }) => frames.push(JSON.parse(data) as WatchFrame),
  });
  const text = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silenceMs);
      if (done) return;
      parser.feed(text.decode(value, { stream: true }));
      yield* frames.splice(0);
    }
  } finally {
    // Nobody reads on: the server is to hear of it.
    reader.cancel().catch(() => {});
  }
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came for ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
