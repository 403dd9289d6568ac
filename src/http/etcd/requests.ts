import { EtcdError } from "./codec/error.ts";
import { type MessageSpec, messageNext } from "./codec/message.ts";

/** A message of a stream is small: a watch has two keys in it. */
const MESSAGE_CHARS_MAX = 256 * 1024;

/** The messages of a body, each as soon as it is there. What makes no sense ends them, with an error. */
export async function* requests<T>(request: Request, spec: MessageSpec<T>): AsyncGenerator<T, void> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  let text = "";
  for (;;) {
    const chunk = await reader?.read();
    const isAll = chunk === undefined || chunk.done;
    text += isAll ? decoder.decode() : decoder.decode(chunk.value, { stream: true });
    for (let next = messageNext(spec, text, isAll); next !== undefined; next = messageNext(spec, text, isAll)) {
      text = text.slice(next.end);
      yield next.message;
    }
    if (isAll) return;
    if (text.length > MESSAGE_CHARS_MAX) throw new EtcdError("resource-exhausted", "the message is too large");
  }
}
