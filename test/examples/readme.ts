import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = join(ROOT, "node_modules/.bin");

/** The command of an example's README that has `part` in it, as it stands there but for `npx` and its comment. */
export function readmeCommand(example: string, part: string): string {
  const readme = readFileSync(join(ROOT, "examples", example, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
  const lines = blocks.join("").replaceAll("\\\n", " ").split("\n");
  const line = lines.find((one) => one.includes(part));
  if (line === undefined) throw new Error(`the README of ${example} has no command with ${part}`);
  return line
    .replace(/\s+#.*$/, "")
    .replace(/^npx /, "")
    .trim();
}

/** A process that an example's README says to start. */
export class ExampleProcess {
  /** Where it serves, if it does. */
  readonly base: string;
  output = "";
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, base: string, folder: string) {
    this.#child = child;
    this.base = base;
    this.#folder = folder;
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
  }

  static async run(command: string, env: Readonly<Record<string, string>> = {}): Promise<ExampleProcess> {
    const folder = await mkdtemp(join(tmpdir(), "synod-example-"));
    const port = await freePort();
    const line = command.replace("8788", `${port}`);
    const child = spawn(`exec ${line}`, {
      shell: true,
      cwd: ROOT,
      // A group of its own: what it starts ends with it.
      detached: true,
      env: { ...process.env, PATH: `${BIN}:${process.env["PATH"]}`, CLOUDFLARE_CF_FETCH_ENABLED: "false", ...env },
      // Open, and silent: some end with it.
      stdio: ["pipe", "pipe", "pipe"],
    });
    return new ExampleProcess(child, `http://localhost:${port}`, folder);
  }

  /** `wrangler dev` as the README has it, with its state elsewhere and `vars` over those of its configuration. */
  static async wrangler(example: string, vars: Readonly<Record<string, string>> = {}): Promise<ExampleProcess> {
    const folder = await mkdtemp(join(tmpdir(), "synod-example-"));
    const given = Object.entries(vars).map(([name, value]) => `--var ${name}:${value}`);
    const more = ["--inspector-port", await freePort(), "--persist-to", folder, ...given].join(" ");
    const started = await ExampleProcess.run(`${readmeCommand(example, "wrangler dev")} ${more}`, { CI: "1" });
    await started.until("Ready on");
    return started;
  }

  /** Resolves when it has printed `text`; rejects when it ends before that. */
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) throw new Error(`it ended with ${exitCode}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit");
      process.kill(-(this.#child.pid ?? 0), signal);
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
