/** The server under measurement, as `npm start` or `npm run serve` runs it, on a port and with a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../test/free-port.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** State of whatever is measured: everything on the same filesystem as this checkout. */
const FOLDER = join(ROOT, ".wrangler", "bench");
const READY_MS_MAX = 90_000;
const STOP_MS_MAX = 10_000;

// Everything that is started registers its end.
process.setMaxListeners(0);

/** An empty folder that goes when this process does. */
export function folderFresh(name: string): string {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, `${name}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A process that this one started and, whatever happens, takes with it. */
export class Service {
  readonly #child: ChildProcess;
  output = "";

  constructor(command: string, parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, parameters, {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (chunk: Buffer): void => {
      // Enough to say why it ended.
      this.output = (this.output + chunk.toString()).slice(-16_384);
    };
    this.#child.stdout?.on("data", collect);
    this.#child.stderr?.on("data", collect);
    this.#child.once("error", (error) => collect(Buffer.from(String(error))));
    process.once("exit", () => this.#child.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when `probe` does with true; rejects when the process ends before, or takes too long. */
  async until(probe: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_MS_MAX;
    while (performance.now() < deadline) {
      if (!this.isRunning) throw new Error(`it ended before it was ready:\n${this.output}`);
      if (await probe().catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it was not ready within ${READY_MS_MAX / 1_000} s:\n${this.output}`);
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS_MAX);
    await exit;
    clearTimeout(timer);
  }
}

/** Where a running Synod is. */
export interface Server {
  readonly service: Service;
  /** The workerd, whose memory and processor time are measured; its supervisor has next to none. */
  readonly pid: number;
  readonly port: number;
  readonly folder: string;
}

/** Starts `npm start` (`dev`: with the simulated network) or `npm run serve`. */
export async function serverStart({ dev }: { readonly dev: boolean }): Promise<Server> {
  const port = await freePort();
  const folder = folderFresh(dev ? "dev" : "serve");
  const parameters = ["--disable-warning=ExperimentalWarning", "src/serve/start.ts", ...(dev ? ["--dev"] : [])];
  const service = new Service(process.execPath, parameters, { PORT: `${port}`, SYNOD_STATE: folder });
  process.once("exit", () => rmSync(join(ROOT, ".wrangler", `serve-${port}`), { recursive: true, force: true }));
  await service.until(() => isHealthy(port));
  return { service, pid: serverPid(folder), port, folder };
}

/** The server's process, as its supervisor noted it in the state folder. */
export function serverPid(state: string): number {
  const { server } = JSON.parse(readFileSync(join(state, "serve.json"), "utf8")) as { server: { pid: number } };
  return server.pid;
}

export async function isHealthy(port: number, path = "/healthz"): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
}
