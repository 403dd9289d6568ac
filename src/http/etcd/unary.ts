import { ProblemError } from "../../api/problem.ts";
import { bodyBytes } from "../body.ts";
import type { EtcdCall } from "./call.ts";
import { EtcdError } from "./codec/error.ts";
import { type MessageSpec, messageBytes, messageFromJson } from "./codec/message.ts";
import { jsonResponse } from "./response.ts";

export type Handler = (call: EtcdCall) => Promise<Response>;

/** etcd's `--max-request-bytes` and what its gRPC server allows on top. */
const GRPC_BYTES_MAX = 2 * 1024 * 1024;
/** As much of it in base64, twice over for the rest; whatever is longer is too large anyway. */
const BODY_BYTES_MAX = 2 * GRPC_BYTES_MAX;

const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** A route with one message in and one out. */
export function unary<T>(spec: MessageSpec<T>, handle: (call: EtcdCall, message: T) => Promise<object>): Handler {
  return async (call) => {
    const message = messageFromJson(spec, await bodyText(call.request));
    const bytes = messageBytes(spec, message);
    if (bytes > GRPC_BYTES_MAX) throw tooLarge(bytes);
    return jsonResponse(await handle(call, message), 200);
  };
}

export async function bodyText(request: Request): Promise<string> {
  try {
    return lenient.decode(await bodyBytes(request, BODY_BYTES_MAX));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.problem.code === "too-large") throw tooLarge(Number(request.headers.get("content-length")));
    throw new EtcdError("invalid-argument", error.message);
  }
}

function tooLarge(bytes: number): EtcdError {
  return new EtcdError("resource-exhausted", `grpc: received message larger than max (${bytes} vs. ${GRPC_BYTES_MAX})`);
}
