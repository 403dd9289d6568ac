import type { DevNetwork } from "../../src/network/dev-network.ts";
import type { Region } from "../../src/network/region.ts";
import { HttpPool, header, type Reply, requestBytes } from "./http.ts";

export interface Timed {
  readonly status: number;
  readonly ms: number;
  /** When the answer was here, `performance.now()`. */
  readonly at: number;
  /** How it was decided, from `synod-path`, and the round trips that it names. */
  readonly path: string | undefined;
  readonly trips: number;
  readonly revision: number;
  readonly text: string;
}

/** The native HTTP interface, timed. */
export class Client {
  readonly #pool: HttpPool;

  constructor(port: number) {
    this.#pool = new HttpPool(port);
  }

  put(namespace: string, key: string, value: string, region?: Region): Promise<Timed> {
    return this.#ask("PUT", `/v1/${namespace}/kv/${key}`, region, value);
  }

  get(namespace: string, key: string, region?: Region, consistency: "linearizable" | "local" = "linearizable") {
    return this.#ask("GET", `/v1/${namespace}/kv/${key}?consistency=${consistency}`, region);
  }

  list(namespace: string, prefix: string, limit: number): Promise<Timed> {
    return this.#ask("GET", `/v1/${namespace}/kv?prefix=${prefix}&limit=${limit}`);
  }

  /** Replaces the dev server's simulated network. */
  async network(network: DevNetwork): Promise<void> {
    mustBeOk(await this.#ask("PUT", "/dev/network", undefined, JSON.stringify(network), "application/json"));
  }

  close(): void {
    this.#pool.close();
  }

  async #ask(method: string, path: string, region?: Region, body = "", contentType?: string): Promise<Timed> {
    const headers = {
      ...(region === undefined ? {} : { "synod-region": region }),
      ...(contentType === undefined ? {} : { "content-type": contentType }),
    };
    const request = requestBytes(method, path, headers, body);
    const sentAt = performance.now();
    const reply = await this.#pool.ask(request);
    const at = performance.now();
    return timed(reply, at - sentAt, at);
  }
}

function timed({ status, head, body }: Reply, ms: number, at: number): Timed {
  const [path, trips] = (header(head, "synod-path") ?? "").split("; trips=");
  return {
    status,
    ms,
    at,
    path: path === "" ? undefined : path,
    trips: Number(trips ?? Number.NaN),
    revision: Number(header(head, "synod-revision") ?? Number.NaN),
    text: body.toString("utf8"),
  };
}

/** What a benchmark measures must work; an answer that says otherwise ends it. */
export function mustBeOk<Answer extends Pick<Timed, "status" | "text">>(answer: Answer): Answer {
  if (answer.status === 200 || answer.status === 201) return answer;
  throw new Error(`${answer.status}: ${answer.text}`);
}
