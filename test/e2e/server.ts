/** A real server, run as `npm start` runs it, on a port and with a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const GONE_POLL_MS = 10;

export class DevServer {
  readonly #port: number;
  readonly #state: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #parameters: readonly string[];
  #child: ChildProcess | undefined;
  /** All that it printed, this run and those before. */
  output = "";

  private constructor(
    port: number,
    state: string,
    env: Readonly<Record<string, string>>,
    parameters: readonly string[],
  ) {
    this.#env = env;
    this.#parameters = parameters;
    this.#port = port;
    this.#state = state;
  }

  /**
   * `env`: what its environment has besides this one's. `parameters`: none is `npm run serve`. `state`: a folder of its
   * own, removed with it; a new one when absent.
   */
  static async start(
    env: Readonly<Record<string, string>> = {},
    parameters: readonly string[] = ["--dev"],
    state?: string,
  ): Promise<DevServer> {
    const folder = state ?? (await mkdtemp(join(tmpdir(), "synod-e2e-")));
    const server = new DevServer(await freePort(), folder, env, parameters);
    await server.start();
    return server;
  }

  get base(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it (again) on the same port with the same state; resolves when it has printed its tour. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "src/serve/start.ts", ...this.#parameters],
      {
        cwd: ROOT,
        env: { ...process.env, ...this.#env, PORT: `${this.#port}`, SYNOD_STATE: this.#state },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    let printed = "";
    await new Promise<void>((resolve, reject) => {
      const collect = (chunk: Buffer): void => {
        printed += chunk.toString();
        this.output += chunk.toString();
        if (printed.includes("Synod is ready")) resolve();
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready:\n${printed}`)));
    });
  }

  /** Ends it in good order, as Ctrl-C does. */
  async stop(): Promise<void> {
    await this.#end(() => this.#child?.kill("SIGTERM"));
  }

  /** `kill -9` of what was started, which takes the server with it. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child?.kill("SIGKILL"));
    while (await this.#answers()) await sleep(GONE_POLL_MS);
  }

  /** The workerd's process, as its supervisor noted it in the state folder. */
  get serverPid(): number {
    const { server } = JSON.parse(readFileSync(join(this.#state, "serve.json"), "utf8")) as { server: { pid: number } };
    return server.pid;
  }

  get state(): string {
    return this.#state;
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.#port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    return isOpen;
  }

  async #end(signal: () => void): Promise<void> {
    if (this.#child === undefined || !this.isRunning) return;
    const exit = once(this.#child, "exit");
    signal();
    await exit;
  }

  /** Ends it and removes its state. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.#state, { recursive: true, force: true, maxRetries: 5 });
    await rm(join(ROOT, `.wrangler/serve-${this.#port}`), { recursive: true, force: true });
  }
}
