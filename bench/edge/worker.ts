/** A coordinator that answers at once, and beside the HTTP app the least that a Worker can do. Runs in workerd. */
import type { Coordinator } from "../../src/node/coordinate/coordinator.ts";

const KV = {
  key: new TextEncoder().encode("key-000000000000"),
  value: Uint8Array.from({ length: 256 }, (_, index) => (index * 151) % 256),
  createRevision: 1_000,
  modRevision: 123_456,
  version: 42,
  lease: "0",
};
const WRITTEN = { kind: "put", revision: 123_456, version: 42 } as const;
const READ = { kind: "range", revision: 123_456, kvs: [KV], more: false, count: 1 } as const;

function absent(): never {
  throw new Error("nothing asks for this");
}

export const coordinator: Coordinator = {
  write: async () => ({ kind: "applied", result: WRITTEN, path: "fast", trips: 1 }),
  read: async () => ({ kind: "answer", result: READ, path: "quorum-read", trips: 1 }),
  permit: async () => ({ kind: "allowed", stamp: 0, actor: "root", role: "root" }),
  permitOf: async () => ({ kind: "allowed", stamp: 0, actor: "root", role: "root" }),
  status: absent,
  metrics: absent,
  release: async () => undefined,
  backup: absent,
  watch: absent,
};

interface App {
  fetch(request: Request, env: object, execution: unknown): Promise<Response>;
}

export function besideTheLeast(app: App): App {
  return {
    async fetch(request, env, execution) {
      if (request.url.endsWith("/trivial")) return new Response('{"ok":true}');
      return app.fetch(request, env, execution);
    },
  };
}
