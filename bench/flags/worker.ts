/** Flags as the Worker evaluates them, and by flagd's engine alone, in one process. Runs in workerd. */
import { FlagdCore, MemoryStorage } from "@openfeature/flagd-core";
import { ENGINE_OPTIONS, type FlagSet, SILENT } from "../../src/flags/flag-set.ts";
import { FlagSetCache } from "../../src/flags/flag-set-cache.ts";
import type { Resolution } from "../../src/flags/resolution.ts";
import type { Coordinator } from "../../src/node/coordinate/coordinator.ts";
import { CONTEXTS, FLAG_SET, KEYS } from "./flag-set.ts";

const VALUE = new TextEncoder().encode(JSON.stringify(FLAG_SET));
const SOURCE = { namespace: "default", name: "default", version: 7, value: VALUE };

const core = new FlagdCore(new MemoryStorage(SILENT, ENGINE_OPTIONS), SILENT);
core.setConfigurations(JSON.stringify(FLAG_SET));
const cache = new FlagSetCache();

/** A coordinator that has the flag set at hand, so that nothing but the app is measured. */
const coordinator = {
  read: async () => ({
    kind: "answer",
    path: "local",
    trips: 0,
    result: { kind: "range", revision: 7, count: 1, more: false, kvs: [kvOf(VALUE)] },
  }),
} as unknown as Coordinator;

function kvOf(value: Uint8Array) {
  const key = new TextEncoder().encode("flags/default");
  return { key, value, createRevision: 7, modRevision: 7, version: 1, lease: "0" };
}

interface App {
  fetch(request: Request, env: object, execution: object): Promise<Response>;
}
/** Of the Worker, whose types are not this file's: the app over a coordinator, and an answer's resolution. */
export interface Product {
  readonly appOver: (coordinator: Coordinator) => App;
  readonly ofrepResolution: (resolution: Resolution) => object;
}

function pick<T>(from: readonly T[], index: number): T {
  return from[index % from.length] as T;
}

/** Each evaluates `count` times, and gives something that depends on all of them. */
const WAYS: Readonly<Record<string, (count: number, product: Product, app: App) => Promise<number>>> = {
  async "one flag: engine"(count) {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const found = core.resolveBooleanEvaluation(pick(KEYS, at), false, pick(CONTEXTS, at >> 3));
      sum += found.value ? 1 : found.reason === "ERROR" ? Number.NaN : 0;
    }
    return sum;
  },

  async "one flag: Worker"(count) {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const found = setOf().evaluate(pick(KEYS, at), pick(CONTEXTS, at >> 3));
      sum += found.value === true ? 1 : found.errorCode === undefined ? 0 : Number.NaN;
    }
    return sum;
  },

  async "all flags: engine"(count) {
    let sum = 0;
    for (let at = 0; at < count; at++) sum += JSON.stringify(core.resolveAll(pick(CONTEXTS, at))).length;
    return sum;
  },

  async "all flags: Worker"(count, { ofrepResolution }) {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      sum += JSON.stringify(setOf().evaluateAll(pick(CONTEXTS, at)).map(ofrepResolution)).length;
    }
    return sum;
  },

  async "all flags: OFREP"(count, _product, app) {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const init = { method: "POST", body: pick(BODIES, at) };
      const answer = await app.fetch(new Request("https://bench/ofrep/v1/evaluate/flags", init), {}, {});
      sum += answer.status === 200 ? (await answer.text()).length : Number.NaN;
    }
    return sum;
  },
};

const BODIES = CONTEXTS.map((context) => JSON.stringify({ context }));

/** What a route does once it has the set's bytes. */
function setOf(): FlagSet {
  const compiled = cache.get(SOURCE);
  if (compiled.kind === "fault") throw new Error(compiled.detail);
  return compiled;
}

export function answersOf(product: Product): (request: Request) => Promise<Response> {
  const app = product.appOver(coordinator);
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response();
    const way = WAYS[searchParams.get("way") ?? ""];
    if (way === undefined) return new Response(null, { status: 404 });
    const sum = await way(Number(searchParams.get("count")), product, app);
    return new Response(`${sum}`, { status: Number.isNaN(sum) ? 500 : 200 });
  };
}
