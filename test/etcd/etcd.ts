/** A real etcd of one member, with a folder and ports of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";

const READY_MS_MAX = 20_000;
const POLL_MS = 30;

/** etcd's version; undefined when it is not installed. */
export function etcdVersion(): string | undefined {
  const { status, stdout } = spawnSync("etcd", ["--version"], { encoding: "utf8" });
  return status === 0 ? /etcd Version: (\S+)/.exec(stdout)?.[1] : undefined;
}

export const ETCD_ABSENT = "etcd is not installed, so nothing was compared with it (apt-get install etcd-server)";

export class Etcd {
  readonly base: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(base: string, child: ChildProcess, folder: string) {
    this.base = base;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(): Promise<Etcd> {
    const folder = await mkdtemp(join(tmpdir(), "synod-etcd-"));
    const client = `http://127.0.0.1:${await freePort()}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    const flags = {
      "data-dir": folder,
      logger: "zap",
      "log-outputs": join(folder, "log"),
      "listen-client-urls": client,
      "advertise-client-urls": client,
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": `default=${peer}`,
    };
    const child = spawn(
      "etcd",
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      { stdio: "ignore" },
    );
    const etcd = new Etcd(client, child, folder);
    const deadline = performance.now() + READY_MS_MAX;
    while (!(await isWell(client))) {
      if (performance.now() > deadline || child.exitCode !== null)
        throw new Error(`etcd does not start; see ${folder}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return etcd;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async dispose(): Promise<void> {
    if (this.isRunning) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await exit;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function isWell(base: string): Promise<boolean> {
  return fetch(`${base}/health`, { signal: AbortSignal.timeout(1_000) }).then(
    async (response) => (await response.text()) === '{"health":"true"}',
    () => false,
  );
}
