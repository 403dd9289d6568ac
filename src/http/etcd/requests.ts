import { BODY_IDLE_MS_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import { inTime } from "../body.ts";
import { EtcdError } from "./codec/error.ts";
import { type MessageSpec, messageNext } from "./codec/message.ts";

/** A message of a stream is small: a watch has two keys in it. */
const MESSAGE_CHARS_MAX = 256 * 1024;

/** What comes next. A stream may rest between its messages for as long as it likes, but not within one. */
async function part<T>(reader: { read(): Promise<T> }, ms: number | undefined): Promise<T> {
  try {
    return await inTime(reader.read(), ms);
  } catch (error) {
    throw error instanceof ProblemError ? new EtcdError("invalid-argument", error.message) : error;
  }
}

/** The messages of a body, each as soon as it is there. What makes no sense ends them, with an error. */
export async function* requests<T>(request: Request, spec: MessageSpec<T>): AsyncGenerator<T, void> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  let text = "";
  let isFirst = true;
  for (;;) {
    const isHalf = text !== "" || isFirst;
    const chunk = reader === undefined ? undefined : await part(reader, isHalf ? BODY_IDLE_MS_MAX : undefined);
    const isAll = chunk === undefined || chunk.done;
    text += isAll ? decoder.decode() : decoder.decode(chunk.value, { stream: true });
    for (let next = messageNext(spec, text, isAll); next !== undefined; next = messageNext(spec, text, isAll)) {
      text = text.slice(next.end);
      isFirst = false;
      yield next.message;
    }
    if (isAll) return;
    if (text.length > MESSAGE_CHARS_MAX) throw new EtcdError("resource-exhausted", "the message is too large");
  }
}
