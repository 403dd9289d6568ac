import { WatchStreamRequest } from "./codec/request.ts";
import { requests } from "./requests.ts";
import { streamResponse } from "./stream.ts";
import type { Handler } from "./unary.ts";
import { WatchStream } from "./watch-stream.ts";

/** Requests are taken one after the other, so that what was asked for first is created first. */
export const watch: Handler = async (call) => {
  const asked = requests(call.request, WatchStreamRequest);
  const first = await asked.next();
  return streamResponse(async (lines) => {
    const stream = new WatchStream(call, lines);
    // It stays open when there are no more requests, and after one that makes no sense.
    for (let one = first; one.done !== true && !lines.isClosed; one = await nextOrDone(asked)) {
      await stream.take(one.value);
    }
  }, call.request.signal);
};

async function nextOrDone<T>(asked: AsyncGenerator<T, void>): Promise<IteratorResult<T, void>> {
  return asked.next().catch(() => ({ done: true as const, value: undefined }));
}
