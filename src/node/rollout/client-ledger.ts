import { WINDOW_MS } from "../../api/baseline.ts";
import type { ClientReport } from "../../api/client-report.ts";
import type { Units } from "../../rollout/health/counts.ts";
import type { HealthPart, WindowCounts } from "../../rollout/health/part.ts";

/** Clients that one learner keeps of one release. Those beyond are not counted, in either cohort. */
const CLIENTS_MAX = 20_000;
/** Windows that are kept: an hour. */
const WINDOWS_MAX = 360;
/** Windows without a word after which a client is gone. */
const GONE_WINDOWS = 3;

interface Client {
  exposed: boolean;
  heardMs: number;
  applied: number;
  parsed: boolean;
  refused: boolean;
  /** The last window that each metric was counted in: one unit for a client and window. */
  counted: Map<string, number>;
  baselines: Map<string, Units>;
  p99Ms: number | undefined;
}

type Counts = [exposed: number, exposedBad: number, control: number, controlBad: number];

/** What clients told one learner of one step of a release. In memory alone: whoever lost it hears again in ten seconds. */
export class ClientLedger {
  readonly step: number;
  readonly #clients = new Map<string, Client>();
  readonly #metrics = new Map<string, Map<number, Counts>>();
  readonly #silence = new Map<number, Counts>();
  #requests = { count: 0, errors: 0 };
  #reportedMs: number | undefined;

  constructor(step: number) {
    this.step = step;
  }

  /** What a client says. A report that comes twice in a window counts once. */
  report(report: ClientReport, said: ClientReport["releases"][number], nowMs: number): void {
    if (report.bye === true) return void this.#clients.delete(report.client);
    const client = this.#clientOf(report.client, said.exposed, nowMs);
    if (client === undefined) return;
    const window = Math.floor(nowMs / WINDOW_MS);
    client.heardMs = nowMs;
    client.exposed = said.exposed;
    client.applied = Math.max(client.applied, report.applied);
    client.parsed ||= said.parsed === true;
    client.refused ||= said.refused !== undefined;
    this.#reportedMs = nowMs;
    for (const [name, metric] of Object.entries(report.metrics)) {
      if (metric.baseline !== undefined) client.baselines.set(name, metric.baseline);
      if (name === "errors") this.#request(client, metric);
      if (client.counted.get(name) === window || metric.units === 0) continue;
      client.counted.set(name, window);
      const windows = this.#metrics.get(name) ?? new Map<number, Counts>();
      this.#metrics.set(name, windows);
      add(windows, window, client.exposed, { units: 1, bad: metric.bad ? 1 : 0 });
    }
    if (client.counted.get("") !== window) add(this.#silence, window, client.exposed, { units: 1, bad: 0 });
    client.counted.set("", window);
  }

  #clientOf(id: string, exposed: boolean, nowMs: number): Client | undefined {
    const known = this.#clients.get(id);
    if (known !== undefined) return known;
    if (this.#clients.size >= CLIENTS_MAX) return undefined;
    const fresh: Client = {
      exposed,
      heardMs: nowMs,
      applied: 0,
      parsed: false,
      refused: false,
      counted: new Map(),
      baselines: new Map(),
      p99Ms: undefined,
    };
    this.#clients.set(id, fresh);
    return fresh;
  }

  #request(client: Client, { units, errors, p99_ms }: ClientReport["metrics"][string]): void {
    client.p99Ms = p99_ms;
    if (!client.exposed) return;
    this.#requests = { count: this.#requests.count + units, errors: this.#requests.errors + errors };
  }

  part(nowMs: number, firing: Readonly<Record<string, string>>): HealthPart {
    this.#forget(nowMs);
    const clients = [...this.#clients.values()];
    const exposed = clients.filter((one) => one.exposed);
    const count = (is: (client: Client) => boolean) => clients.filter(is).length;
    const p99Ms = median(exposed.flatMap((one) => one.p99Ms ?? []));
    return {
      exposed: exposed.length,
      control: clients.length - exposed.length,
      parsed: count(({ parsed }) => parsed),
      refused: count(({ refused }) => refused),
      applied: count(({ applied }) => applied >= this.step),
      ...(this.#reportedMs === undefined ? {} : { reportedAgoMs: nowMs - this.#reportedMs }),
      metrics: Object.fromEntries([...this.#metrics].map(([name, windows]) => [name, listed(windows)])),
      baselines: this.#baselines(clients),
      silence: listed(this.#silence),
      requests: { ...this.#requests, ...(p99Ms === undefined ? {} : { p99Ms }) },
      firing,
    };
  }

  /** Clients that fell silent count once, in the window in which they were missed. */
  #forget(nowMs: number): void {
    for (const [id, { heardMs, exposed, refused }] of this.#clients) {
      const missedMs = heardMs + GONE_WINDOWS * WINDOW_MS;
      // Whoever refused has been heard: that it then stops is no further news.
      if (missedMs > nowMs || refused) continue;
      this.#clients.delete(id);
      add(this.#silence, Math.floor(missedMs / WINDOW_MS), exposed, { units: 0, bad: 1 });
    }
  }

  #baselines(clients: readonly Client[]): HealthPart["baselines"] {
    const names = new Set(clients.flatMap(({ baselines }) => [...baselines.keys()]));
    return Object.fromEntries(
      [...names].map((name) => {
        const of = (exposed: boolean) =>
          clients.filter((one) => one.exposed === exposed).flatMap(({ baselines }) => baselines.get(name) ?? []);
        return [name, { exposed: of(true), control: of(false) }];
      }),
    );
  }
}

function add(windows: Map<number, Counts>, window: number, exposed: boolean, { units, bad }: Units): void {
  const [e, eb, c, cb] = windows.get(window) ?? [0, 0, 0, 0];
  windows.set(window, exposed ? [e + units, eb + bad, c, cb] : [e, eb, c + units, cb + bad]);
  const [oldest] = windows.keys();
  if (windows.size > WINDOWS_MAX && oldest !== undefined) windows.delete(oldest);
}

function listed(windows: ReadonlyMap<number, Counts>): readonly WindowCounts[] {
  return [...windows].map(([index, counts]) => [index, ...counts]);
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
