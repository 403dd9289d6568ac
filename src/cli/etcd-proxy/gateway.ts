import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Settings } from "../settings.ts";

/** An error as gRPC tells it. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

const UNAVAILABLE = 14;
const INTERNAL = 13;

/** A request of the JSON gateway under way: messages go in one at a time, answers come out one at a time. */
export class GatewayCall {
  readonly #request: ClientRequest;
  readonly #response: Promise<IncomingMessage>;

  constructor({ url, namespace, token }: Settings, path: string, callerToken: string | undefined) {
    const target = new URL(`v3/${path}`, url.endsWith("/") ? url : `${url}/`);
    const given = callerToken ?? token;
    const headers = {
      "content-type": "application/json",
      "synod-namespace": namespace,
      ...(given === undefined ? {} : { authorization: given }),
    };
    this.#request = (target.protocol === "https:" ? httpsRequest : httpRequest)(target, { method: "POST", headers });
    this.#response = new Promise((resolve, reject) => {
      this.#request.once("response", resolve);
      this.#request.once("error", (error) => reject(unavailable(error)));
    });
    // Whoever waits for an answer is told; a request that is broken off has nobody.
    this.#response.catch(() => {});
    this.#request.flushHeaders();
  }

  send(message: unknown): void {
    this.#request.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {
    this.#request.end();
  }

  cancel(): void {
    this.#request.destroy();
  }

  /** The one answer of a unary method. */
  async answer(): Promise<object> {
    const response = await this.#response;
    const body = parsed(await text(response).catch((error: unknown) => Promise.reject(unavailable(error))));
    if (response.statusCode === 200) return body;
    throw errorOf(body);
  }

  /** The answers of a stream. Throws what ends it early. */
  async *answers(): AsyncGenerator<object, void, undefined> {
    const response = await this.#response;
    if (response.statusCode !== 200) throw errorOf(parsed(await text(response)));
    for await (const line of createInterface({ input: response })) {
      const { result, error } = parsed(line) as { readonly result?: object; readonly error?: object };
      if (error !== undefined) throw streamErrorOf(error);
      if (result !== undefined) yield result;
    }
  }
}

function parsed(body: string): object {
  try {
    return JSON.parse(body) as object;
  } catch {
    throw new GrpcError(INTERNAL, `not the gateway's answer: ${body.slice(0, 200)}`);
  }
}

function errorOf(body: { readonly code?: number; readonly error?: string }): GrpcError {
  return new GrpcError(body.code ?? INTERNAL, body.error ?? "the gateway refused without saying why");
}

function streamErrorOf(error: { readonly grpc_code?: number; readonly message?: string }): GrpcError {
  return new GrpcError(error.grpc_code ?? INTERNAL, error.message ?? "the stream broke off");
}

function unavailable(error: unknown): GrpcError {
  return new GrpcError(UNAVAILABLE, error instanceof Error ? error.message : "no answer");
}
