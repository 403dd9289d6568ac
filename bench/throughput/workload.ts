import { Random } from "../../test/random.ts";
import { requestBytes } from "../load/http.ts";

export const KEYS = 1_000;
export const VALUE_BYTES = 256;
/** Of the mixed workload. */
export const READ_SHARE = 0.9;

export const WORKLOADS = ["writes", "linearizable reads", "mixed"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** How a system is asked: one request for each key. */
export interface Requests {
  readonly put: readonly Buffer[];
  readonly get: readonly Buffer[];
}

const random = new Random(7);
const keys = Array.from({ length: KEYS }, (_, index) => `key-${`${index}`.padStart(12, "0")}`);
const value = Buffer.from(Array.from({ length: VALUE_BYTES }, () => random.below(256)));

/** Through etcd's JSON gateway: byte for byte the same for both. */
export const GATEWAY: Requests = {
  put: keys.map((key) => post("/v3/kv/put", { key: base64(key), value: value.toString("base64") })),
  get: keys.map((key) => post("/v3/kv/range", { key: base64(key) })),
};

/** Through Synod's native interface. */
export const NATIVE: Requests = {
  put: keys.map((key) => requestBytes("PUT", `/v1/default/kv/${key}`, {}, value)),
  get: keys.map((key) => requestBytes("GET", `/v1/default/kv/${key}`)),
};

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function post(path: string, body: unknown): Buffer {
  return requestBytes("POST", path, { "content-type": "application/json" }, JSON.stringify(body));
}

/** The next request of a workload, any key with the same chance. */
export function nextOf({ put, get }: Requests, workload: Workload): () => Buffer {
  const readShare = workload === "writes" ? 0 : workload === "mixed" ? READ_SHARE : 1;
  return () => {
    const all = readShare > 0 && random.chance(readShare) ? get : put;
    return all[random.below(KEYS)] ?? Buffer.alloc(0);
  };
}
