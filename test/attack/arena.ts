/** A server under attack, what it takes of memory, and a quiet namespace beside the one that is attacked. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Client, sleep } from "../e2e/client.ts";
import { DevServer } from "../e2e/server.ts";
import { QuietProbe } from "./quiet-probe.ts";

/** What Cloudflare gives an isolate; here one isolate holds every object of every region. */
const HEAP_MIB = "128";
const SAMPLE_MS = 100;
const MIB = 1024 * 1024;

export interface Measured {
  readonly idleMib: number;
  readonly peakMib: number;
  /** p99 of the quiet namespace during the attack, as a multiple of what it is alone. */
  readonly quietRatio: number;
  readonly quietFailures: readonly string[];
  readonly isAlive: boolean;
}

export class Arena {
  readonly server: DevServer;
  readonly #probe: QuietProbe;
  readonly #pid: number;
  readonly #sampler: NodeJS.Timeout;
  #idleMib = 0;
  #peakMib = 0;
  #alone: readonly number[] = [];
  #during: number[] = [];

  private constructor(server: DevServer) {
    this.server = server;
    this.#pid = server.serverPid;
    this.#probe = new QuietProbe(server.base);
    this.#sampler = setInterval(() => {
      this.#peakMib = Math.max(this.#peakMib, residentMib(this.#pid));
    }, SAMPLE_MS);
  }

  /** `npm run serve` with a heap like Cloudflare's. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Arena> {
    return new Arena(await DevServer.start({ SYNOD_HEAP_MIB: HEAP_MIB, ...env }, []));
  }

  get base(): string {
    return this.server.base;
  }

  get port(): number {
    return Number(new URL(this.server.base).port);
  }

  client(namespace: string): Client {
    return new Client(this.base, namespace);
  }

  /** Measures what is normal, so many times; what comes next counts as the attack. */
  async calm(samples: number): Promise<void> {
    // The first makes the objects.
    while (this.#probe.count === 0) await sleep(SAMPLE_MS);
    this.#probe.take();
    while (this.#probe.count < samples) await sleep(SAMPLE_MS);
    this.#alone = this.#probe.take();
    this.#idleMib = residentMib(this.#pid);
    this.#peakMib = this.#idleMib;
    this.#during = [];
    this.#probe.failures.splice(0);
  }

  measured(): Measured {
    this.#during.push(...this.#probe.take());
    return {
      idleMib: this.#idleMib,
      peakMib: this.#peakMib,
      quietRatio: p99(this.#during) / p99(this.#alone),
      quietFailures: [...this.#probe.failures],
      isAlive: this.server.isRunning && this.server.serverPid === this.#pid,
    };
  }

  async close(): Promise<void> {
    await this.#probe.stop();
    clearInterval(this.#sampler);
    await this.server.dispose();
  }
}

export function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? Number.NaN;
}

/** Memory that a process has now; 0 when it is gone. */
function residentMib(pid: number): number {
  try {
    if (process.platform === "linux") {
      const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      return (Number(kib ?? 0) * 1024) / MIB;
    }
    return (Number(execFileSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" })) * 1024) / MIB;
  } catch {
    return 0;
  }
}
