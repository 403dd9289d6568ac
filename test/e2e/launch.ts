/** A start of the server as a process, to see how it begins and how it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Launched {
  readonly port: number;
  readonly state: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `npm run serve` instead of what that runs. */
  readonly npm?: boolean;
}

export class Launch {
  readonly #child: ChildProcess;
  readonly #state: string;
  /** When it has ended, and nobody it started has its output open. */
  readonly ended: Promise<number | string>;
  readonly exited: Promise<unknown>;
  output = "";

  constructor({ port, state, env = {}, npm = false }: Launched) {
    const [command, parameters] = npm
      ? ["npm", ["run", "--silent", "--ignore-scripts", "serve"]]
      : [process.execPath, ["--disable-warning=ExperimentalWarning", "src/serve/start.ts"]];
    this.#state = state;
    this.#child = spawn(command, parameters, {
      env: { ...process.env, PORT: `${port}`, SYNOD_STATE: state, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    this.#child.stdout?.on("data", collect);
    this.#child.stderr?.on("data", collect);
    this.exited = once(this.#child, "exit");
    this.ended = once(this.#child, "close").then(([code, signal]) => code ?? signal);
  }

  /** What it printed when it was ready; rejects when it ends before. */
  async ready(): Promise<string> {
    let isEnded = false;
    void this.ended.then(() => {
      isEnded = true;
    });
    while (!this.output.includes("Synod is ready")) {
      if (isEnded) throw new Error(`ended before it was ready:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.output;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The workerd's process. */
  get serverPid(): number {
    const { server } = JSON.parse(readFileSync(join(this.#state, "serve.json"), "utf8")) as { server: { pid: number } };
    return server.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (this.isRunning) this.signal("SIGTERM");
    await this.ended;
  }
}

export async function healthStatus(port: number, host = "127.0.0.1"): Promise<number | undefined> {
  const response = await fetch(`http://${host}:${port}/healthz`, { headers: { connection: "close" } }).catch(
    () => undefined,
  );
  await response?.body?.cancel();
  return response?.status;
}

/** Resolves when nothing listens there. */
export async function portReleased(port: number): Promise<void> {
  while ((await healthStatus(port)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
}
