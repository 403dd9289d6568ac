import { utf8Encode } from "../api/bytes.ts";
import { ProblemError } from "../api/problem.ts";
import { type WatchFrameHead, watchFrameCancelled, watchFrameHead, watchFrameParse } from "../api/watch-frame.ts";
import type { WatchBridge } from "./watch-bridge.ts";

/** Between two comments that keep the stream open. */
const PING_MS = 15_000;
/** What a client waits before it connects again. */
const RETRY_MS = 1_000;

/**
 * A watch as Server-Sent Events (HTML Living Standard, §9.2).
 *
 * The answer waits for the learner's first frame, so that a watch that cannot be is an honest HTTP error: a browser's
 * EventSource gives up on an error, but would reconnect for ever to a stream that ends.
 *
 * `textOf`: what a frame is as an event.
 */
export async function eventStream(
  bridge: WatchBridge,
  signal: AbortSignal | undefined,
  textOf: (frame: string) => string = eventStreamText,
): Promise<Response> {
  const first = await bridge.open();
  const head = first === undefined ? undefined : watchFrameHead(first);
  if (first === undefined || head === undefined) {
    bridge.close();
    throw new ProblemError("no-quorum", "no learner of this namespace answers", {}, { "retry-after": "1" });
  }
  if (head.type === "cancelled") throw cancelledProblem(first);
  signal?.addEventListener("abort", () => bridge.close());
  return new Response(streamOf(bridge, first, textOf), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "synod-revision": `${head.revision}`,
      "synod-path": "local; trips=0",
    },
  });
}

function cancelledProblem(frame: string): ProblemError {
  const cancelled = watchFrameParse(frame);
  if (cancelled?.type !== "cancelled") return new ProblemError("internal", "the learner's answer makes no sense");
  const { revision, code, compact_revision } = cancelled;
  const headers = { "synod-revision": `${revision}`, "synod-path": "local; trips=0" };
  if (code === "forbidden") return new ProblemError("forbidden", "the watch is not permitted", { revision }, headers);
  if (code !== "compacted")
    return new ProblemError("invalid-request", `the learner refused: ${code}`, { revision }, headers);
  const more = { revision, ...(compact_revision === undefined ? {} : { compact_revision }) };
  return new ProblemError("compacted", "the watch would start at a revision that is gone", more, headers);
}

/** Nothing is rendered before the reader wants it: what it has not taken waits in the bridge, or at the learner. */
function streamOf(bridge: WatchBridge, first: string, textOf: (frame: string) => string): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(utf8Encode(`retry: ${RETRY_MS}\n\n${textOf(first)}`)),
      pull: (controller) => pull(bridge, controller, textOf),
      cancel: () => bridge.close(),
    },
    { highWaterMark: 0 },
  );
}

/** One frame, or a comment when none comes for a while, or the end. */
async function pull(
  bridge: WatchBridge,
  controller: ReadableStreamDefaultController<Uint8Array>,
  textOf: (frame: string) => string,
): Promise<void> {
  await bridge.news(PING_MS);
  const frame = bridge.take();
  if (frame !== undefined) return controller.enqueue(utf8Encode(textOf(frame)));
  if (bridge.end === undefined) return controller.enqueue(utf8Encode(": ping\n\n"));
  if (bridge.end === "too-slow") {
    controller.enqueue(utf8Encode(textOf(watchFrameCancelled(bridge.through, "too-slow"))));
  }
  controller.close();
}

/** One frame as one event. Plain events are changes; the other kinds are named. */
export function eventStreamText(frame: string): string {
  const head = watchFrameHead(frame);
  if (head === undefined) return "";
  const name = head.type === "events" ? "" : `event: ${head.type}\n`;
  return `${idLine(frame, head)}${name}data: ${frame}\n\n`;
}

/** The id is where to resume: everything up to it has been told. A part of a revision has none, nor has the end. */
function idLine(frame: string, head: WatchFrameHead): string {
  if (head.type === "cancelled" || head.more) return "";
  if (head.type !== "created") return `id: ${head.revision}\n`;
  const created = watchFrameParse(frame);
  return created?.type === "created" && created.from > 0 ? `id: ${created.from - 1}\n` : "";
}
