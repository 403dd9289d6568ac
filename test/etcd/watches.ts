import type { Random } from "../random.ts";
import { canonical, type Side } from "./compare.ts";
import { chance, intervalOf } from "./values.ts";
import type { World } from "./world.ts";

/** Nothing more comes when nothing came for so long. */
const QUIET_MS = 400;
/** etcd looks after watches that are behind ten times a second; compaction must not come first. */
export const SETTLE_MS = 250;

export interface WatchAsked {
  readonly body: string;
}

/** One or two watches on one stream, from a revision above the compacted one, or from now. */
export function watchAskedOf(random: Random, world: World): WatchAsked {
  const count = chance(random, 0.4) ? 2 : 1;
  const requests = Array.from({ length: count }, () => ({ create_request: createOf(random, world) }));
  return { body: requests.map((one) => JSON.stringify(one)).join(chance(random, 0.5) ? "" : "\n") };
}

function createOf(random: Random, world: World): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...intervalOf(random) };
  if (chance(random, 0.7)) fields.start_revision = startOf(random, world);
  if (chance(random, 0.4)) fields.prev_kv = true;
  if (chance(random, 0.15)) fields.filters = ["NOPUT"];
  if (chance(random, 0.15)) fields.filters = ["NODELETE", ...((fields.filters as string[] | undefined) ?? [])];
  if (chance(random, 0.2)) fields.progress_notify = true;
  if (chance(random, 0.2)) fields.fragment = true;
  // etcd takes a moment to cancel a watch that is compacted, and only then is its id free again.
  const isGone = Number(fields.start_revision) < world.compacted;
  if (!isGone && chance(random, 0.2)) fields.watch_id = random.integer(1, 2);
  return fields;
}

/** Not the compacted revision itself (see `kept.ts`), and now and then one that is gone, or to come. */
function startOf(random: Random, { revision, compacted }: World): number {
  if (chance(random, 0.1) && compacted > 1) return random.integer(1, compacted - 1);
  if (chance(random, 0.1)) return revision + random.integer(1, 30);
  return random.integer(compacted + 1, revision + 1);
}

interface Message {
  readonly result?: { readonly watch_id?: string; readonly events?: readonly unknown[]; readonly header?: unknown };
}

/** An open watch on one server. */
export class WatchListener {
  readonly #abort = new AbortController();
  readonly #messages: Message[] = [];
  #heardAt = performance.now();
  #status = 0;

  static async open(base: string, namespace: string, { body }: WatchAsked): Promise<WatchListener> {
    const listener = new WatchListener();
    const response = await fetch(`${base}/v3/watch`, {
      method: "POST",
      body,
      headers: { "synod-namespace": namespace },
      signal: listener.#abort.signal,
    });
    listener.#status = response.status;
    if (response.body !== null) void listener.#read(response.body).catch(() => undefined);
    return listener;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of body) {
      this.#heardAt = performance.now();
      text += decoder.decode(chunk, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.#messages.push(JSON.parse(line) as Message);
    }
  }

  get quietMs(): number {
    return performance.now() - this.#heardAt;
  }

  close(): void {
    this.#abort.abort();
  }

  get eventCount(): number {
    return this.#messages.reduce((sum, { result }) => sum + (result?.events?.length ?? 0), 0);
  }

  /** Per watch: how it was created, all its events in a row, how it ended. */
  summary(world: World, side: Side): unknown {
    const watches: Record<string, { said: unknown[]; events: unknown[] }> = {};
    for (const { result, ...rest } of this.#messages) {
      const watch = (watches[result?.watch_id ?? "0"] ??= { said: [], events: [] });
      if (result?.events === undefined) watch.said.push(canonical(world, { result, ...rest }, side));
      else watch.events.push(...(canonical(world, result.events, side) as unknown[]));
    }
    const sorted = Object.entries(watches).sort(([a], [b]) => (a < b ? -1 : 1));
    return { status: this.#status, watches: sorted };
  }
}

/** Waits until neither has heard anything for a while. */
export async function quiet(listeners: readonly WatchListener[]): Promise<void> {
  while (listeners.some(({ quietMs }) => quietMs < QUIET_MS)) await new Promise((resolve) => setTimeout(resolve, 50));
}
