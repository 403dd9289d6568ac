import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";

const READY_POLL_MS = 100;

export interface Job {
  /** `HOST:PORT`. */
  readonly target: string;
  readonly path: string;
  readonly token?: string;
}

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

/** A real Prometheus with a folder of its own. */
export class Prometheus {
  readonly #base: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(base: string, child: ChildProcess, folder: string) {
    this.#base = base;
    this.#child = child;
    this.#folder = folder;
  }

  /** `rules`: the text of a file of rules. */
  static async start(jobs: readonly Job[], rules: string, intervalS: number): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), "synod-prometheus-"));
    const port = await freePort();
    await writeFile(join(folder, "rules.yaml"), rules);
    await writeFile(join(folder, "prometheus.yml"), configuration(jobs, intervalS));
    const parameters = [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn("prometheus", parameters, { stdio: "ignore" });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child, folder);
    await prometheus.#ready();
    return prometheus;
  }

  async #ready(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`prometheus ended with ${this.#child.exitCode}`);
      const answer = await fetch(`${this.#base}/-/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok === true) return;
      await sleep(READY_POLL_MS);
    }
  }

  /** The values of an expression's series. */
  async query(expression: string): Promise<readonly number[]> {
    const { data } = (await this.#get(`query?query=${encodeURIComponent(expression)}`)) as {
      data: { result: readonly { value: readonly [number, string] }[] };
    };
    return data.result.map(({ value }) => Number(value[1]));
  }

  /** What went wrong with the last scrape of each target; empty strings where nothing did. */
  async scrapeErrors(): Promise<readonly string[]> {
    const { data } = (await this.#get("targets")) as { data: { activeTargets: readonly { lastError: string }[] } };
    return data.activeTargets.map(({ lastError }) => lastError);
  }

  /** Names of the alerts that fire. */
  async firing(): Promise<readonly string[]> {
    const { data } = (await this.#get("alerts")) as { data: { alerts: readonly FiringAlert[] } };
    return data.alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels["alertname"] ?? "");
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#base}/api/v1/${path}`);
    return response.json();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function configuration(jobs: readonly Job[], intervalS: number): string {
  const scrapes = jobs.map(
    ({ target, path, token }, index) => `
  - job_name: synod-${index}
    metrics_path: ${path}
    ${token === undefined ? "" : `authorization: { credentials: ${token} }`}
    static_configs: [{ targets: ["${target}"] }]`,
  );
  return `global: { scrape_interval: ${intervalS}s, scrape_timeout: ${intervalS}s, evaluation_interval: 1s }
rule_files: [rules.yaml]
scrape_configs:${scrapes.join("")}
`;
}
